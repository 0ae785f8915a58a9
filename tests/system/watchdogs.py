# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels with the driver of the generic watchdog, which is a module of theirs."""
import pathlib

import initramfs

# Kernel, modules. In 6.12 the watchdogs' common part is in the kernel itself.
KERNELS = {"6.1": (initramfs.LINUX_6_1, ("watchdog", "sbsa_gwdt")), "6.12": (initramfs.LINUX_6_12, ("sbsa_gwdt",))}


def modules(kernel: str, init: bytes, folder: pathlib.Path, more: dict[str, bytes] | None = None) -> dict[str, pathlib.Path]:
    """What boot() takes: the kernel of this name, and a ramdisk in `folder` with `init`, /modules/*.ko and `more`."""
    linux, drivers = KERNELS[kernel]
    file = folder / "initramfs.cpio"
    file.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init,
                                       {f"modules/{name}.ko": linux.module(f"drivers/watchdog/{name}.ko")
                                        for name in drivers} | (more or {})))
    return {"kernel": linux.image(), "ramdisk": file}
