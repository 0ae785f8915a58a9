#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The longest stretches in EL2, by kind of exit, beside what each may take at most.

Guests that do all they can think of run on one CPU with a flight recorder (docs/timing.md), each under
`-icount shift=0`, where an instruction is a nanosecond. So a figure is a count of instructions, the same on any
machine, and it has nothing to do with what other CPUs do. BUDGETS is what docs/timing.md promises.

timing.py [--json FILE]
"""
import argparse
import json
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "machine"))

import bench  # noqa: E402
import launch  # noqa: E402
from systems import domain, region, system  # noqa: E402

BUDGETS = {"hypercall": 20_000, "smc": 2_000, "register": 5_000, "memory": 70_000, "interrupt": 10_000, "other": 3_000,
           "wake": 10_000, "piece": 55_000}
ARGUMENTS = "sched=rr flight-recorder=on on-last-off=poweroff"
KEPT = region("lives", None, 0x9000_0000, 0x1000, extra='isthmus,on-restart = "keep";')
SYSTEMS = {
    "each exit once": system(domain("guest", "bench")),
    "odd accesses": system(domain("guest", "probe")),
    "random calls and accesses": system(domain("guest", "fuzz")),
    "four vCPUs": system(domain("guest", "smp", cpus=4)),
    "two that sleep": system(domain("first", "busy", bootargs="do=sleep at=1"),
                             domain("second", "busy", bootargs="do=sleep at=1")),
    "event channels": system(domain("guest", "eventbench", extra="xen,enhanced;")),
    "a neighbour is rebuilt": system(
        domain("victim", "busy", bootargs="do=timer at=1"),
        domain("mortal", "mortal", memory_mib=128, regions=(KEPT,), bootargs="mmu=off id=lives end=reset lives=3")),
}
SHOWN = re.compile(r"CPU 0 in EL2, ns at most: (.*), with an interrupt pending (\d+)")


def longest(tree: str) -> dict[str, int]:
    """By kind; and `pending`: of those at whose end an interrupt was."""
    guests = set(re.findall(r"\$\{(\w+)\.address\}", tree))
    with tempfile.TemporaryDirectory(prefix="isthmus-") as folder:
        start = launch.Launch(launch.Machine(cpus=1, extra=bench.ICOUNT), tree,
                              {guest: launch.guest(guest) for guest in guests}, ARGUMENTS)
        output = bench.output_of(start.command(pathlib.Path(folder)))
    found = SHOWN.search(output)
    if not found:
        raise bench.BenchError(f"no flight recorder in the summary:\n{output[-2000:]}")
    return {kind: int(count) for kind, count in re.findall(r"(\w+) (\d+)", found[1])} | {"pending": int(found[2])}


def measure() -> dict[str, dict[str, int]]:
    return {name: longest(tree) for name, tree in SYSTEMS.items()}


def worst(found: dict[str, dict[str, int]]) -> dict[str, int]:
    return {kind: max(said.get(kind, 0) for said in found.values()) for kind in (*BUDGETS, "pending")}


def show(found: dict[str, dict[str, int]]) -> None:
    kinds = [*BUDGETS, "pending"]
    print(f"{'instructions in EL2 at most':28}" + "".join(f"{kind:>11}" for kind in kinds))
    for name, said in found.items():
        print(f"{name:28}" + "".join(f"{said.get(kind, '-'):>11}" for kind in kinds))
    print(f"{'budget':28}" + "".join(f"{budget:>11}" for budget in BUDGETS.values()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    try:
        found = measure()
    except (bench.BenchError, OSError) as problem:
        print(f"bench: FAILED: {problem}")
        return 1
    show(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))
    over = [f"{kind} {worst(found)[kind]} of {budget}" for kind, budget in BUDGETS.items()
            if worst(found)[kind] > budget]
    if over:
        print(f"bench: FAILED: over the budget: {', '.join(over)}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
