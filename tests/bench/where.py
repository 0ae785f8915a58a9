#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Where the instructions of one exit go: every step of it in the hypervisor, function by function.

gdb steps QEMU from the exit's first instruction at EL2 to its last. A count here is without what
the bench's figure has beside it: the guest's own instruction, and rare longer turns.

where.py [PATH]    without one: the paths there are
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import bench  # noqa: E402, it finds the next two
import launch  # noqa: E402
from systems import domain, region, system  # noqa: E402

GUEST_GICD, GUEST_GICR, GUEST_UART = 0x0300_1000, 0x0302_0000, 0x2200_0000
PATHS = {
    "hypercall": ("bench", {"immediate": 0xEA1, "register": "x16", "number": 63}),
    "gicd-typer": ("bench", {"address": GUEST_GICD + 0x4, "write": False}),
    "gicr-typer": ("bench", {"address": GUEST_GICR + 0x8, "write": False}),
    "uart-flags": ("bench", {"address": GUEST_UART + 0x18, "write": False}),
    "uart-write": ("bench", {"address": GUEST_UART, "write": True}),
    "doorbell": ("ringing", {"immediate": 0, "register": "x0", "number": 0xC600_0001}),
    "event-send": ("eventbench", {"immediate": 0xEA1, "register": "x16", "number": 32}),
}
TREES = {
    "bench": (lambda: system(domain("guest-a", "bench")), 1),
    "ringing": (bench.ringing_tree, 2),
    "eventbench": (bench.events_tree, 2),
}
STEP = re.compile(r"(?m)^0x[0-9a-f]+\n")


def symbol(name: str) -> str:
    table = subprocess.run(["aarch64-linux-gnu-nm", symbols()], capture_output=True, text=True, check=True).stdout
    return "0x" + next(line.split()[0] for line in table.splitlines() if line.endswith(f" {name}"))


def symbols() -> str:
    return f"{launch.image()}.elf"


def steps_of(path: str) -> list[str]:
    """The program counters, one a step."""
    guest, wanted = PATHS[path]
    tree, cpus = TREES[guest]
    port = launch.free_port()
    machine = launch.Machine(cpus=cpus, extra=("-gdb", f"tcp:127.0.0.1:{port}", "-S"))
    with tempfile.TemporaryDirectory(prefix="isthmus-") as folder:
        out = pathlib.Path(folder) / "steps"
        start = launch.Launch(machine, tree(), {guest: launch.guest(guest)}, bench.QUIET)
        emulator = subprocess.Popen(start.command(pathlib.Path(folder)), stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            vectors = int(symbol("isthmus_vectors"), 16)
            lower_el_sync = 0x400
            asked = wanted | {"port": port, "skip": 20, "out": str(out), "vector": f"{vectors + lower_el_sync:#x}"}
            subprocess.run(["gdb-multiarch", "-q", "-batch", symbols(), "-x", HERE / "where_steps.py"],
                           env=os.environ | {"WHERE": json.dumps(asked)}, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, timeout=240, check=True)
        finally:
            emulator.kill()
            emulator.wait()
        return out.read_text().split()


def functions_of(steps: list[str]) -> list[tuple[int, str, str]]:
    """(steps in a row, function, file) for each stretch in one function; helpers of include/ belong to
    who calls them."""
    found = subprocess.run(["aarch64-linux-gnu-addr2line", "-Cfia", "-e", symbols()], input="\n".join(steps),
                           capture_output=True, text=True, check=True).stdout
    stretches = []
    for chunk in STEP.split(found)[1:]:
        lines = chunk.strip().split("\n")
        frames = list(zip(lines[::2], lines[1::2]))
        name, place = next((frame for frame in frames if not re.search(r"/usr/|/include/", frame[1])), frames[-1])
        name = name.replace("isthmus::", "").replace("(anonymous namespace)::", "").split("(")[0]
        file = re.sub(r"^.*/((?:arch|core|mm|shm|fdt|dom0less)/.*?):.*$", r"\1", place)
        if stretches and stretches[-1][1:] == (name, file):
            stretches[-1] = (stretches[-1][0] + 1, name, file)
        else:
            stretches.append((1, name, file))
    return stretches


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in PATHS:
        print("one of: " + " ".join(PATHS))
        return 64
    steps = steps_of(sys.argv[1])
    stretches = functions_of(steps)
    for count, name, file in stretches:
        print(f"{count:4}  {name[:48]:48}  {file}")
    print("\nby file:")
    files = collections.Counter()
    for count, _, file in stretches:
        files[file] += count
    for file, count in files.most_common():
        print(f"{count:4}  {file}")
    print(f"{len(steps):4}  in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
