#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long it takes from the machine's start to running guests, beside Debian's Xen.

Two guests of 256 MiB with Debian's Linux 6.1 are booted by Isthmus and by Xen in turn, from the same tree,
kernel and ramdisk: seconds from QEMU's start to the first line of both kernels, and to the first line of both
programs /init. Isthmus gives no guest RAM that it has not cleared; Xen does so by default, and not with bootscrub=0.
Both are shown. Then one bare-metal guest of 512 MiB on a machine of four CPUs, and four of them, one a CPU: seconds of
the machine until the last of them has executed its first instruction. These depend on the computer, and are
medians. At last the part of a boot that does not grow with guests' memory, in instructions of all CPUs, which do not.

boot.py [--runs N]      default 5
"""
import argparse
import os
import pathlib
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("tests/machine", "tools/demo", "tests/conformance")]

import bench  # noqa: E402
import hypervisors  # noqa: E402
import initramfs  # noqa: E402
import launch  # noqa: E402
from systems import domain, quoted, system  # noqa: E402

PATIENCE = 150  # seconds for one machine
KERNEL = "Booting Linux on physical CPU"
INIT = "bench: init"
SCRIPT = f"#!/bin/sh\necho '{INIT}'\nexec /bin/busybox sleep 600\n".encode()
# The emulated UART is where Xen has it, too.
WORDS = "console=ttyAMA0 earlycon=pl011,0x22000000 panic=-1"
UNCLEARED = hypervisors.ARGUMENTS
CLEARED = UNCLEARED.replace("bootscrub=0 ", "")
SYSTEMS = {"Isthmus": (launch.image(), UNCLEARED), "Xen 4.17": (hypervisors.XEN, CLEARED),
           "Xen 4.17, bootscrub=0": (hypervisors.XEN, UNCLEARED)}
BARE_MIB = 512


def times_of(command: list[str], marks: dict[str, int]) -> dict[str, float]:
    """Seconds from the start of QEMU until each text has been said so many times."""
    began = time.monotonic()
    qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    said, found = b"", {}
    try:
        while len(found) < len(marks):
            left = began + PATIENCE - time.monotonic()
            if left <= 0 or not select.select([qemu.stdout], [], [], left)[0]:
                raise bench.BenchError(f"not all was said within {PATIENCE} s:\n{said[-2000:].decode(errors='replace')}")
            more = os.read(qemu.stdout.fileno(), 65536)
            if not more:
                raise bench.BenchError(f"the machine ended early:\n{said[-2000:].decode(errors='replace')}")
            said += more
            for mark, count in marks.items():
                if mark not in found and said.count(mark.encode()) >= count:
                    found[mark] = time.monotonic() - began
    finally:
        qemu.kill()
        qemu.wait()
        qemu.stdout.close()
    return found


def linux_pair(runs: int) -> dict[str, dict[str, list[float]]]:
    found = {name: {KERNEL: [], INIT: []} for name in SYSTEMS}
    guests = [domain(f"guest-{side}", "linux", ramdisk="ramdisk", memory_mib=256, bootargs=WORDS) for side in "ab"]
    with tempfile.TemporaryDirectory(prefix="isthmus-") as name:
        folder = pathlib.Path(name)
        ramdisk = folder / "ramdisk.cpio"
        ramdisk.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), SCRIPT, {}))
        modules = {"linux": initramfs.LINUX_6_1.image(), "ramdisk": ramdisk}
        for _ in range(runs):
            for name, (image, arguments) in SYSTEMS.items():
                tree = system(*guests, chosen="#address-cells = <2>; #size-cells = <2>;"
                              f"xen,xen-bootargs = {quoted(arguments)};")
                command = launch.Launch(launch.Machine(cpus=2), tree, modules, "", image).command(folder)
                for mark, seconds in times_of(command, {KERNEL: 2, INIT: 2}).items():
                    found[name][mark].append(seconds)
    return found


def bare_start(guests: int, machine: launch.Machine, memory_mib: int = BARE_MIB) -> int:
    """Ticks of the counter, nanoseconds, until the last guest's first instruction."""
    tree = system(*(domain(f"guest-{number}", "bench", memory_mib=memory_mib, bootargs="do=start")
                    for number in range(guests)))
    with tempfile.TemporaryDirectory(prefix="isthmus-") as name:
        start = launch.Launch(machine, tree, {"bench": launch.guest("bench")}, bench.QUIET)
        output = bench.output_of(start.command(pathlib.Path(name)))
    said = [int(count) for word, count in bench.FIGURE.findall(output) if word == "start"]
    if len(said) != guests:
        raise bench.BenchError(f"{guests} guests, and these words:\n{output[-2000:]}")
    return max(said)


def four_guests(runs: int) -> dict[int, float]:
    """Seconds for one guest, and for four."""
    machine = launch.Machine(cpus=4, memory_mib=3072)
    found: dict[int, list[int]] = {1: [], 4: []}
    for _ in range(runs):
        for guests, said in found.items():
            said.append(bare_start(guests, machine))
    return {guests: statistics.median(said) / 1e9 for guests, said in found.items()}


def fixed_part(guests: int) -> int:
    """Instructions from start to the last guest, less those that its memory takes: from two sizes of that."""
    small, large = 64, 256
    machine = launch.Machine(cpus=guests, extra=bench.ICOUNT)
    counts = {size: bare_start(guests, machine, size) for size in (small, large)}
    return counts[small] - (counts[large] - counts[small]) * small // (large - small)


def show_pair(found: dict[str, dict[str, list[float]]]) -> None:
    print(f"{'two Linux guests of 256 MiB, seconds':38}" + "".join(f"{name:>24}" for name in found) + f"{'ratios':>12}")
    for title, mark in (("to both kernels' first line", KERNEL), ("to both guests' init", INIT)):
        medians = [statistics.median(said[mark]) for said in found.values()]
        cells = [f"{middle:.2f} ({min(said[mark]):.2f}-{max(said[mark]):.2f})"
                 for middle, said in zip(medians, found.values())]
        ratios = "".join(f"{medians[0] / median:6.2f}" for median in medians[1:])
        print(f"{title:38}" + "".join(f"{cell:>24}" for cell in cells) + ratios)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    try:
        show_pair(linux_pair(options.runs))
        seconds = four_guests(options.runs)
        print(f"\n{f'guests of {BARE_MIB} MiB, one a CPU of four':38}{'one':>24}{'four':>24}{'ratio':>12}")
        print(f"{'seconds to the first instruction':38}{seconds[1]:24.2f}{seconds[4]:24.2f}"
              f"{seconds[4] / seconds[1]:12.2f}")
        print(f"\n{'without what grows with memory':38}{'one guest':>24}{'two':>24}")
        print(f"{'instructions':38}{fixed_part(1):24}{fixed_part(2):24}")
    except (bench.BenchError, OSError) as problem:
        print(f"bench: FAILED: {problem}")
        return 1
    print(f"\nMedians of {options.runs} runs in turn (lowest-highest), QEMU 7.2, -cpu max, {os.cpu_count()} CPUs of the "
          "computer; instructions: -icount shift=0.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
