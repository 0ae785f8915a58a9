#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a guest loses by what another does: its share of work, and how late its timer comes.

A victim runs beside an attacker that floods Isthmus with one thing at a time: on another CPU (sched=null), and on the
same (sched=rr). Both are tests/guests/interference. QEMU's `-icount shift=0,sleep=off` makes an instruction a nanosecond
of the machine's time, and its counter is set to 1 GHz: every figure counts instructions, and two runs give the same.

share    units of work that the victim gets done, beside those that it does beside an attacker which merely spins.
         Another CPU: in so many instructions of its own CPU. Same CPU: in so much time of the machine, in whole
         turns of 5 ms, one of which is 1.3 % here.
latency  from the moment for which the virtual timer is set to the second instruction of the victim's vector: typical
         (the median), worst, and how much more the worst is than that of a victim alone. "at work": the victim works
         when it is due; "asleep": it is in WFI, and due 2 to 200 us after the last one.

With several CPUs, QEMU runs one after the other in one thread, and the counter counts the instructions of all. That the
figures are those of the victim's CPU all the same rests on this: a CPU keeps the thread until it executes YIELD or WFI,
or a timer is due; victim and attacker execute YIELD after some 250 instructions. The victim is the first CPU, so a timer
that is due never makes it wait for another CPU's turn: it waits only where it yields itself, in its work, or in Isthmus
for a lock. For its share, it leaves out the time up to the attacker's last YIELD, which that notes in a region of
both. What comes then is its own: the interrupts that the attacker brought about are taken before its next instruction.
A unit behind which the attacker was stopped in the midst of its turn is not counted.
A timer that is due stops the attacker wherever it is, also where it holds a lock.

The few instructions between that note and the YIELD count as the victim's: so a share is right to 2 % or so, and that
beside an attacker which yields seldom is a little above 100 %.

So this shows exits on the victim's CPU and waits for locks, which it overstates: who waits for a lock gets the thread
back at the end of the attacker's turn only. The budget of doorbells counts the machine's time, in which the victim has
half of what it would have: it is rung twice as often. It cannot show what caches, TLBs, the bus and the interconnect do;
maintenance costs the victim instructions here or nothing, and not the misses afterwards. Nor does QEMU's UART
ever make anybody wait. Beside an attacker of two CPUs there is no figure at work: a timer that is due in the victim's own
turn gives the third CPU one.

interference.py [--quick] [--json FILE] [ATTACK...]     all attacks if none is named
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import bench  # noqa: E402, it finds the next two
import launch  # noqa: E402
from systems import domain, region, system  # noqa: E402

FIGURE = re.compile(r"interference: ([a-z0-9-]+) (\d+)")
PLACES = {"other": "the attacker on another CPU (sched=null)", "same": "the attacker on the same CPU (sched=rr)"}
PHASES = {"other": ("work", "sleep"), "same": ("sleep",)}
SHOWN = {"work": "at work", "sleep": "asleep"}

LEAST_SHARE = 0.95
# Instructions more than alone: on the same CPU the shortest turn that an equal has before it is cut, 100 us, and the
# interrupt, the switch, and what the turn is made longer for interrupts.
MOST_MORE = {"other": 2_000, "same": 105_000}


@dataclass(frozen=True)
class Attack:
    name: str
    does: str      # the guest's do=
    text: str
    cpus: int = 1

    def beside(self) -> "Attack":
        """What its victim's share is compared with."""
        return SPINS[self.cpus]


ALONE = Attack("alone", "", "nobody", 0)
SPINS = {1: Attack("spin", "spin", "spins"), 2: Attack("spin-two", "spin", "spins on two CPUs", 2)}
ATTACKS = [
    Attack("hypercalls", "hypercalls", "hypercalls"),
    Attack("smcs", "smcs", "SMCs"),
    Attack("sgis", "sgis", "SGIs to itself"),
    Attack("timer", "timer", "timer, due at once"),
    Attack("distributor", "distributor", "writes to GICD"),
    Attack("uart-bytes", "uart-bytes", "UART, no line ends"),
    Attack("uart-lines", "uart-lines", "UART, lines of 32"),
    Attack("violations", "violations", "violations"),
    Attack("maintenance", "maintenance", "caches and TLBs"),
    Attack("psci", "psci", "PSCI, CPU on and off", 2),
    Attack("wfi", "wfi", "WFI, a timer 2 us on"),
    Attack("doorbells", "doorbells", "doorbells"),
]


@dataclass(frozen=True)
class Length:
    """Of one run: milliseconds for the share, and timers for each phase."""
    own_ms: int = 50
    shared_ms: int = 400
    samples: int = 1000


QUICK = Length(own_ms=10, shared_ms=100, samples=200)


def run(attack: Attack, place: str, length: Length) -> dict[str, int]:
    """The victim's figures beside that attacker."""
    regions = [region("meeting", 0x7000_0000, 0x5000_0000, 0x1000, extra="isthmus,doorbell;")]
    milliseconds = length.own_ms if place == "other" else length.shared_ms
    words = f"role=victim cpu={place} ms={milliseconds} samples={length.samples}"
    guests = [domain("victim", "interference", bootargs=words + (" alone=yes" if attack is ALONE else ""),
                     regions=regions)]
    if attack is not ALONE:
        guests.append(domain("attacker", "interference", cpus=attack.cpus,
                             bootargs=f"role=attacker do={attack.does}", regions=regions))
    cpus, scheduler = (1 + max(attack.cpus, 1), "null") if place == "other" else (1, "rr")
    machine = launch.Machine(cpus=cpus, cpu="max,cntfrq=1000000000", extra=bench.ICOUNT)
    with tempfile.TemporaryDirectory(prefix="isthmus-") as folder:
        start = launch.Launch(machine, system(*guests), {"interference": launch.guest("interference")},
                              f"{bench.QUIET} sched={scheduler}")
        output = bench.output_of(start.command(pathlib.Path(folder)))
    found = {name: int(count) for name, count in FIGURE.findall(output)}
    if "done" not in found:
        raise bench.BenchError(f"{attack.name}, {place}: the victim did not end:\n{output[-2000:]}")
    if attack.cpus > 1 and place == "other":
        found = {name: count for name, count in found.items() if not name.startswith("work-")}
    return found


def measure(attacks: list[Attack], length: Length) -> dict[str, dict[str, dict[str, int]]]:
    """Figures by place and attack, with those that they are compared with."""
    beside = [spin for spin in SPINS.values() if any(attack.beside() is spin for attack in attacks)]
    wanted = [(place, attack) for place in PLACES for attack in [ALONE, *beside, *attacks]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        figures = list(pool.map(lambda one: run(one[1], one[0], length), wanted))
    found: dict[str, dict[str, dict[str, int]]] = {place: {} for place in PLACES}
    for (place, attack), one in zip(wanted, figures):
        found[place][attack.name] = one
    return found


def judge(found: dict, place: str, attack: Attack) -> dict:
    """The victim's share, what its worst latencies are more than alone, and which goals are missed."""
    here = found[place]
    own, other = here[attack.name], here[attack.beside().name]
    share = (own["units"] / own["own"]) / (other["units"] / other["own"])
    more = {phase: own[f"{phase}-worst"] - here[ALONE.name][f"{phase}-worst"]
            for phase in PHASES[place] if f"{phase}-worst" in own}
    missed = [] if share >= LEAST_SHARE else ["share"]
    missed += [f"latency {SHOWN[phase]}" for phase, count in more.items() if count > MOST_MORE[place]]
    return {"share": round(share, 4), "more": more, "missed": missed}


def columns(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
             for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def table(found: dict, place: str, attacks: list[Attack]) -> str:
    here = found[place]
    head = ["the attacker", "share"]
    for phase in PHASES[place]:
        head += [f"{SHOWN[phase]}: typical", "worst", "more"]
    rows = [(*head, "goal")]
    for attack in [ALONE, *SPINS.values(), *attacks]:
        if attack.name not in here:
            continue
        judged = judge(found, place, attack) if attack in attacks else None
        row = [attack.text, f"{100 * judged['share']:.1f} %" if judged else "-"]
        for phase in PHASES[place]:
            typical, worst = (here[attack.name].get(f"{phase}-{name}") for name in ("typical", "worst"))
            more = judged["more"].get(phase) if judged else None
            row += ["-" if count is None else str(count) for count in (typical, worst, more)]
        rows.append((*row, "-" if not judged else "missed" if judged["missed"] else "met"))
    return columns(rows)


def histogram(found: dict, place: str, phase: str) -> str:
    """Timers by latency, in powers of two."""
    counts = {name: {int(key.rsplit("-", 1)[1]): count for key, count in one.items() if key.startswith(f"{phase}-below-")}
              for name, one in found[place].items()}
    bounds = sorted({bound for one in counts.values() for bound in one})
    rows = [("below", *map(str, bounds))]
    rows += [(name, *(str(one.get(bound, "-")) for bound in bounds)) for name, one in counts.items() if one]
    return columns(rows)


def emulator() -> str:
    said = subprocess.run([launch.QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    return said.splitlines()[0]


def show(found: dict, attacks: list[Attack]) -> None:
    for place, title in PLACES.items():
        print(f"{title}: instructions\n\n{table(found, place, attacks)}\n")
        for phase in PHASES[place]:
            print(f"timers by latency, the victim {SHOWN[phase]}\n\n{histogram(found, place, phase)}\n")
    missed = [f"{attack.name}, {place} CPU: {', '.join(judged['missed'])}" for place in PLACES for attack in attacks
              if (judged := judge(found, place, attack))["missed"]]
    print(f"Goal: a share of {100 * LEAST_SHARE:.0f} %; a worst latency that is at most {MOST_MORE['other']} more than alone "
          f"on another CPU, and {MOST_MORE['same']} on the same.")
    print("\n".join(["Missed:", *missed]) if missed else "All are met.")
    print(f"{emulator()}, -icount shift=0,sleep=off, -cpu max,cntfrq=1000000000; docs/timing.md says what it means.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path, help="write the figures there, too")
    parser.add_argument("--quick", action="store_true", help="short runs: shares are rough")
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help=" ".join(attack.name for attack in ATTACKS))
    options = parser.parse_args()
    unknown = set(options.attacks) - {attack.name for attack in ATTACKS}
    if unknown:
        parser.error(f"no such attack: {', '.join(sorted(unknown))}")
    attacks = [attack for attack in ATTACKS if not options.attacks or attack.name in options.attacks]
    try:
        found = measure(attacks, QUICK if options.quick else Length())
    except (bench.BenchError, OSError, KeyError) as problem:
        print(f"bench: FAILED: {problem}")
        return 1
    show(found, attacks)
    if options.json:
        judged = {place: {attack.name: judge(found, place, attack) for attack in attacks} for place in PLACES}
        options.json.write_text(json.dumps({"figures": found, "judged": judged}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
