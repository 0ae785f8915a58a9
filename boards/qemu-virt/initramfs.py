#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Packs a static busybox and an /init script into an initramfs: a cpio archive of format "newc"
(Linux, Documentation/driver-api/early-userspace/buffer-format.rst). Written here and not by cpio,
because /dev/console must be in it and making a device node would need root."""
import pathlib
import stat
import sys

import launch

CONSOLE = (5, 1)  # major and minor number of /dev/console


def entry(number: int, name: str, mode: int, data: bytes = b"", device=(0, 0)) -> bytes:
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % value for value in fields) + name.encode() + b"\0"
    return pad(head) + pad(data)


def pad(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def archive(busybox: bytes, init: bytes) -> bytes:
    folder, program = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o755
    members = [
        ("bin", folder, b"", (0, 0)),
        ("dev", folder, b"", (0, 0)),
        ("dev/console", stat.S_IFCHR | 0o600, b"", CONSOLE),
        ("bin/busybox", program, busybox, (0, 0)),
        ("bin/sh", stat.S_IFLNK | 0o777, b"busybox", (0, 0)),
        ("init", program, init, (0, 0)),
    ]
    out = b"".join(entry(number, name, mode, data, device)
                   for number, (name, mode, data, device) in enumerate(members, 1))
    return out + entry(0, "TRAILER!!!", 0)


def make(target: pathlib.Path) -> pathlib.Path:
    busybox = launch.ROOT / "build" / "packages" / "busybox"
    target.write_bytes(archive(busybox.read_bytes(), (launch.HERE / "linux-init.sh").read_bytes()))
    return target


if __name__ == "__main__":
    print(make(pathlib.Path(sys.argv[1])))
