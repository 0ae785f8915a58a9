#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Isthmus beside Debian's Xen, both booted in turn in one run: exits, and work of Debian's Linux.

Exits are counted in instructions under QEMU's -icount, with the same bare-metal guests. The work of a Linux guest that is
alone on the machine is counted so, too: these figures are the same on every computer, but know nothing of caches and
TLBs. The same work, and a disk of Dom0, in seconds of CPUs that the emulator takes, depend on the computer and a bit on
what else it does: medians of runs that alternate. A ratio is Isthmus's figure divided by Xen's; above 1 Isthmus is slower.

peers.py [--runs N] [--only PART]... [--one-cpu] [--json FILE]
"""
import argparse
import json
import os
import pathlib
import sys

import bench
import peers_exits
import peers_linux
from peers_systems import ALL, ISTHMUS, XEN_NATIVE

PARTS = ("exits", "instructions", "seconds", "two-cpus", "disk")
LINUX_PEERS = (ISTHMUS, XEN_NATIVE)
Table = dict[str, dict[str, float]]  # by hypervisor and name


def shown(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1e6:.2f} million"
    return f"{value:.2f}" if isinstance(value, float) else f"{value}"


def ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else f"{value:.3f}"


def show(title: str, rows: dict[str, str], found: Table, spread: dict[str, dict[str, list[float]]] | None = None) -> None:
    """`rows`: titles by name; `spread`: all runs, of which the lowest and highest are shown."""
    own, *others = found
    print(f"\n{title:44}" + "".join(f"{name:>20}" for name in found) + f"{'ratio':>{8 * len(others)}}")
    for name, text in rows.items():
        cells = [shown(found[peer][name]) for peer in found]
        if spread:
            runs = [spread[peer][name] for peer in found]
            cells = [f"{cell} ({min(taken):.2f}-{max(taken):.2f})" for cell, taken in zip(cells, runs)]
        ratios = "".join(f"{ratio(found[own][name] / found[peer][name]):>8}" for peer in others)
        print(f"{text:44}" + "".join(f"{cell:>20}" for cell in cells) + ratios, flush=True)


def titles(*names: str) -> dict[str, str]:
    return {name: peers_linux.TITLES[name] for name in names}


def exits(options: argparse.Namespace) -> Table:
    found = peers_exits.all_figures(options.one_cpu)
    show("exits, instructions", peers_exits.titles(options.one_cpu), found)
    return found


def linux(title: str, start: peers_linux.Start, runs: int, names: tuple[str, ...]) -> Table:
    spread = peers_linux.in_turn(start, LINUX_PEERS, runs)
    found = peers_linux.medians(spread)
    show(title, titles(*names), found, spread if runs > 1 else None)
    return found


def measure(part: str, options: argparse.Namespace) -> Table:
    work = peers_linux.GUEST_WORK
    match part:
        case "exits":
            return exits(options)
        case "instructions":
            return linux("a Linux guest, thousand million instructions", peers_linux.counted, 1, ("clock", *work))
        case "seconds":
            return linux("the same, CPU seconds", peers_linux.one_cpu, options.runs, ("boot", *work))
        case "two-cpus":
            return linux("two vCPUs on two CPUs, CPU seconds", peers_linux.two_cpus, options.runs, ("boot", "hackbench"))
        case _:
            return linux("a disk of Dom0, CPU seconds", peers_linux.as_dom0, options.runs, peers_linux.DISK_WORK)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="of what is measured in seconds")
    parser.add_argument("--only", action="append", choices=PARTS, help="may be given more than once")
    parser.add_argument("--one-cpu", action="store_true", help="of the exits those that need one CPU")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures there, too")
    options = parser.parse_args()
    found = {}
    try:
        for part in options.only or PARTS:
            found[part] = measure(part, options)
    except (bench.BenchError, OSError, KeyError) as problem:
        print(f"bench: FAILED: {problem}")
        return 1
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    print(f"\nRatios are Isthmus / Xen: above 1 Isthmus is slower. QEMU 7.2; Xen is Debian's, scheduler credit2. Instructions: "
          f"-icount shift=0,sleep=off.\nCPU seconds of QEMU: medians of {options.runs} runs in turn (lowest-highest), {os.cpu_count()} "
          "CPUs of the computer.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
