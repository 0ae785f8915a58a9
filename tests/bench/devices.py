#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast a Linux kernel reads a disk and fetches a file: on QEMU alone, as Dom0, and as a direct-mapped guest
that was assigned the devices. The same kernel, ramdisk, devices and files, one after the other.

devices.py [ROUNDS]      default 3; ./run bench devices calls it. The best of each is shown.

What the emulator does dominates: the ratios say what Isthmus costs, the figures themselves nothing.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("machine", "system")]

import assigned  # noqa: E402
import devices  # noqa: E402
import launch  # noqa: E402
from systems import cells, domain, system  # noqa: E402

MIB = 1 << 20
DISK_MIB, LARGE_MIB = 256, 64
CPU = "cortex-a57"  # others have pointer authentication, which costs QEMU alone most of the time
RAM, RAM_MIB = 0x6000_0000, 256
READ = re.compile(r"devices: disk read of (\d+) sectors in (\d+) cs")
FETCH = re.compile(r"devices: fetch in (\d+) cs")


def plain(folder: pathlib.Path, words: str, extra: tuple[str, ...]) -> list[str]:
    modules = devices.modules(folder)
    machine = launch.Machine(cpus=1, cpu=CPU, memory_mib=RAM_MIB, virtualization=False, extra=extra)
    return [launch.QEMU, *machine.arguments(), *launch.BOARD["run"], "-kernel", str(modules["kernel"]),
            "-initrd", str(modules["ramdisk"]), "-append", words]


def as_dom0(folder: pathlib.Path, words: str, extra: tuple[str, ...]) -> list[str]:
    tree = system(devices.dom0(words), chosen=devices.CELLS)
    machine = launch.Machine(cpus=1, cpu=CPU, extra=extra)
    return launch.Launch(machine, tree, devices.modules(folder), f"dom0_mem={RAM_MIB}M").command(folder)


def as_guest(folder: pathlib.Path, words: str, extra: tuple[str, ...]) -> list[str]:
    partial = assigned.partial_tree(folder / "partial.dtb", assigned.transport(31), assigned.transport(30))
    tree = system(domain("guest", "kernel", ramdisk="ramdisk", memory_mib=RAM_MIB, bootargs=words,
                         extra=f"direct-map; xen,static-mem = <{cells(RAM)} {cells(RAM_MIB * MIB)}>;"
                         + assigned.tree_module("partial")))
    machine = launch.Machine(cpus=1, cpu=CPU, extra=extra)
    modules = devices.modules(folder) | {"partial": partial}
    return launch.Launch(machine, tree, modules, "on-last-off=poweroff").command(folder)


SYSTEMS = {"QEMU alone": plain, "Dom0": as_dom0, "assigned to a guest": as_guest}


def measure(make) -> tuple[float, float]:
    """MiB a second, of the disk and of the network."""
    with tempfile.TemporaryDirectory(prefix="isthmus-") as name:
        folder = pathlib.Path(name)
        image = devices.disk(folder / "disk.img", DISK_MIB)
        with devices.server(folder / "offered", LARGE_MIB) as address:
            words = devices.words(disk=1, fetch=address, speed=1)
            command = make(folder, words, devices.qemu("mmio", image))
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                                  check=True)
    read, fetch = READ.search(done.stdout), FETCH.search(done.stdout)
    if not read or not fetch:
        raise RuntimeError(done.stdout[-2000:])
    return int(read[1]) / 2048 / (int(read[2]) / 100), LARGE_MIB / (int(fetch[1]) / 100)


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    best = {name: (0.0, 0.0) for name in SYSTEMS}
    for _ in range(rounds):
        for name, make in SYSTEMS.items():
            best[name] = tuple(map(max, best[name], measure(make)))
    base = best["QEMU alone"]
    print(f"{'':22}{'disk MiB/s':>12}{'ratio':>8}{'network MiB/s':>16}{'ratio':>8}")
    for name, (disk, network) in best.items():
        print(f"{name:22}{disk:12.1f}{disk / base[0]:8.2f}{network:16.1f}{network / base[1]:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
