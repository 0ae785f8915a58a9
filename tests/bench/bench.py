#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what Isthmus costs, in instructions, and prints it beside what its peers cost.

Under QEMU's `-icount shift=0,sleep=off` one instruction takes one nanosecond of the machine's time,
so the counter that a guest reads counts instructions, and the same binary gives the same figure on
any machine. The guest is tests/guests/bench.cpp; a figure of a single instruction or call is free of
the loop around it; a second table shows how fast bytes go from guest to guest. "bare" is the same guest on QEMU without a hypervisor beneath: the floor.

bench.py [--json FILE]
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "machine"))

import launch  # noqa: E402
from systems import domain, region, system  # noqa: E402

ICOUNT = ("-icount", "shift=0,sleep=off")
QUIET = "on-last-off=poweroff log=quiet"
FIGURE = re.compile(r"bench: ([a-z-]+) (\d+)")
PATIENCE = 60  # seconds for one machine


class BenchError(Exception):
    pass


def output_of(command: list[str]) -> str:
    """The console of a machine that switches itself off."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=PATIENCE)
    except subprocess.TimeoutExpired as late:
        shown = (late.stdout or b"")[-2000:]
        text = shown.decode(errors="replace") if isinstance(shown, bytes) else shown
        raise BenchError(f"a machine did not end within {PATIENCE} s; its last words:\n{text}")
    return done.stdout


def under_isthmus(tree: str, cpus: int, guest: str = "bench") -> list[tuple[str, int]]:
    machine = launch.Machine(cpus=cpus, extra=ICOUNT)
    with tempfile.TemporaryDirectory(prefix="isthmus-") as folder:
        start = launch.Launch(machine, tree, {guest: launch.guest(guest)}, QUIET)
        output = output_of(start.command(pathlib.Path(folder)))
    found = [(name, int(count)) for name, count in FIGURE.findall(output)]
    if not found:
        raise BenchError(f"no figure on the console:\n{output[-2000:]}")
    return found


def bare() -> dict[str, int]:
    """The same guest at EL1 of a machine without EL2."""
    machine = launch.Machine(cpus=1, virtualization=False, extra=ICOUNT)
    command = [launch.QEMU, *machine.arguments(), "-display", "none", "-monitor", "none",
               "-serial", "stdio", "-nic", "none", "-kernel", str(launch.guest("bench"))]
    return {name: int(count) for name, count in FIGURE.findall(output_of(command))}


def start_of(tree: str, cpus: int) -> int:
    """From the machine's start until every guest has executed its first instruction."""
    return max(count for name, count in under_isthmus(tree, cpus) if name == "start")


def measure() -> dict[str, int]:
    figures = dict(under_isthmus(system(domain("guest-a", "bench")), 1))
    figures["start-64"] = figures.pop("start")
    figures["start-512"] = start_of(
        system(domain("guest-a", "bench", memory_mib=512, bootargs="do=start")), 1)
    figures["start-two"] = start_of(
        system(domain("guest-a", "bench", bootargs="do=start"),
               domain("guest-b", "bench", bootargs="do=start")), 2)
    figures |= under_isthmus(system(domain("guest-a", "ringing", cpus=2, bootargs="role=sgi")), 2, "ringing")
    figures |= measure_doorbells()
    figures["image-bytes"] = launch.image().stat().st_size
    return figures


def measure_doorbells() -> dict[str, int]:
    """Two guests that ring each other, each asleep on its CPU: tests/guests/ringing.cpp."""
    return dict(under_isthmus(ringing_tree(), 2, "ringing"))


def ringing_tree() -> str:
    bells = [region("bells", 0x7000_0000, 0x5000_0000, 0x1_0000, extra="isthmus,doorbell;")]
    return system(domain("guest-a", "ringing", bootargs="role=ring", regions=bells),
                  domain("guest-b", "ringing", bootargs="role=answer", regions=bells))


def measure_stream() -> dict[str, int]:
    """How fast bytes go from guest to guest, and inside one: one run of tests/guests/stream.cpp."""
    shared = [region("stream", 0x7000_0000, 0x5000_0000, 0x2_0000)]
    tree = system(domain("guest-a", "stream", bootargs="role=send", regions=shared),
                  domain("guest-b", "stream", bootargs="role=receive", regions=shared))
    counted = dict(under_isthmus(tree, 2, guest="stream"))
    return {f"{kind}-bytes-a-second":
            counted["stream-bytes"] * counted["ticks-a-second"] // counted[f"{kind}-ticks"]
            for kind in ("copy", "queue")}


def measure_events() -> dict[str, int]:
    """A ring by a static event channel, between two CPUs (tests/guests/eventbench.cpp)."""
    return dict(under_isthmus(events_tree(), 2, guest="eventbench"))


def events_tree() -> str:
    ports = {"a": 5, "b": 9}
    page = 0x6000_0000

    def side(name: str, other: str) -> str:
        channel = f"""
            ec_{name}: evtchn@{ports[name]:x} {{
                compatible = "xen,evtchn-v1"; xen,evtchn = <{ports[name]} &ec_{other}>;
            }};"""
        return domain(f"guest-{name}", "eventbench", extra=channel,
                      bootargs=f"role={name} port={ports[name]} at={page:#x}",
                      regions=(region("page", 0x7000_0000, page, 0x1000),))

    return system(side("a", "b"), side("b", "a"))


def stream_text(figures: dict[str, int]) -> str:
    copied, sent = figures["copy-bytes-a-second"], figures["queue-bytes-a-second"]
    return f"""8 MiB in messages of 1 KiB       copied in one guest  from guest to guest, by a channel
MB in a second of the machine    {copied / 1e6:19.0f}  {sent / 1e6:33.0f}
instructions for 1 KiB           {1024e9 / copied:19.0f}  {1024e9 / sent:33.0f}
Instructions are those of both CPUs: from guest to guest each byte is copied twice."""


def shown(value: int | None) -> str:
    if value is None:
        return "-"
    return f"{value / 1e6:.2f} million" if value >= 1_000_000 else f"{value}"


def table(figures: dict[str, int], floor: dict[str, int], peers: dict) -> str:
    rows = [("instructions", "Isthmus", "bare", "Bao", "Xen")]
    for row in peers["figures"]:
        name = row["name"]
        rows.append((row["title"], shown(figures.get(name)), shown(floor.get(name)), row["bao"],
                     row["xen"]))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join([row[0].ljust(widths[0]),
                        *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
             for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path, help="write the figures there, too")
    options = parser.parse_args()
    peers = json.loads((HERE / "peers.json").read_text())
    try:
        figures, floor = measure(), bare()
        figures |= measure_stream()
        figures |= measure_events()
    except (BenchError, OSError, KeyError) as problem:
        print(f"bench: FAILED: {problem}")
        return 1
    print(table(figures, floor, peers))
    print(f"\nIsthmus: this build, QEMU -icount shift=0,sleep=off, -cpu max, console silent until a "
          f"guest speaks.\nPeers: {'; '.join(peers['peers'].values())}. {peers['conditions']};\n{peers['floor']}.")
    print(f"\n{stream_text(figures)}")
    missing = [row["name"] for row in peers["figures"] if row["name"] not in figures]
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    if missing:
        print(f"bench: FAILED: no figure for {', '.join(missing)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
