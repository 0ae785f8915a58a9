# SPDX-License-Identifier: Apache-2.0
"""Bare-metal guests that use Xen's interface: each call, right and wrong, and each end."""
import re

import pytest

from systems import system
from xen_guests import bare

ENDS = {0: "powered off", 1: "asked for a reset", 2: "asked to be suspended", 3: "crashed", 4: "did not feed its watchdog"}


@pytest.mark.parametrize("cpus, scheduler", [(2, "null"), (1, "rr")])
def test_calls(boot, cpus, scheduler):
    tree = system(bare("one", "do=calls"), bare("two", "do=calls"))
    machine = boot(tree, {"events": "events"}, cpus=cpus, args=f"sched={scheduler} on-last-off=poweroff")
    for name in ("one", "two"):
        machine.wait_guest(name, "events: done")
    assert machine.wait_end() == 0
    for name in ("one", "two"):
        assert not [line for line in machine.guest(name) if "FAILED" in line]


@pytest.mark.parametrize("wait", ["poll", "wfi"])
@pytest.mark.parametrize("cpus, scheduler", [(2, "null"), (1, "rr")])
def test_ring(boot, wait, cpus, scheduler):
    tree = system(bare("bare-a", f"do=ring rounds=500 wait={wait}", side="a"),
                  bare("bare-b", f"do=ring rounds=500 wait={wait}", side="b"))
    machine = boot(tree, {"events": "events"}, cpus=cpus, args=f"sched={scheduler} on-last-off=poweroff")
    for name in ("bare-a", "bare-b"):
        machine.wait_guest(name, "events: ok, 500 rounds")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("reason", ENDS)
def test_each_end(boot, reason):
    machine = boot(system(bare("one", f"do=stop reason={reason}", more='isthmus,on-reset = "stop";')), {"events": "events"}, cpus=1,
                   args="on-last-off=poweroff")
    machine.wait(f"one {ENDS[reason]}")
    assert machine.wait_end() == 0


def test_a_watchdog_bites(boot):
    machine = boot(system(bare("one", "do=watchdog")), {"events": "events"}, cpus=1, args="on-last-off=poweroff")
    machine.wait("one did not feed its watchdog")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("cpus, scheduler", [(3, "null"), (1, "rr")])
def test_calls_at_random_hurt_nobody_else(boot, seed, cpus, scheduler):
    tree = system(bare("wild", f"do=chaos seed={seed} ms=3000"),
                  bare("bare-a", "do=ring rounds=500 wait=poll", side="a"),
                  bare("bare-b", "do=ring rounds=500 wait=wfi", side="b"))
    machine = boot(tree, {"events": "events"}, cpus=cpus,
                   args=f"sched={scheduler} on-stop=release on-last-off=poweroff")
    for name, text in (("bare-a", "events: ok, 500 rounds"), ("bare-b", "events: ok, 500 rounds"),
                       ("wild", "events: chaos ok, many calls")):
        machine.wait_guest(name, text, timeout=120)
    assert machine.wait_end() == 0


def test_the_peer_of_one_that_stopped_rings_in_vain(boot):
    """A is gone, its memory is given back; B rings on, and waits until its patience ends."""
    tree = system(bare("bare-a", "do=stop", side="a"), bare("bare-b", "do=calls", side="b"))
    machine = boot(tree, {"events": "events"}, cpus=2, args="on-stop=release on-last-off=poweroff")
    machine.wait_guest("bare-b", "events: done")
    assert machine.wait_end() == 0
    assert not [line for line in machine.guest("bare-b") if "FAILED" in line]


# Time is instructions: 1 ns each. What else this machine does has no part in what is measured.
COUNTED = ("-icount", "shift=0,sleep=off")


def steps_beside(boot, other: str, *, cpus: int) -> tuple[int, int]:
    """Steps of a guest that only counts, and its interrupts, beside one that does `other`."""
    # Built first, it starts first; both end at the same time.
    tree = system(bare("victim", "do=count at=400", side="a"), bare("other", f"do={other} at=400", side="b"))
    machine = boot(tree, {"events": "events"}, cpus=cpus, extra=COUNTED,
                   args=f"sched={'rr' if cpus == 1 else 'null'} on-last-off=poweroff log=quiet")
    assert machine.wait_end() == 0
    said = re.search(r"(\d+) steps, (\d+) interrupts", machine.guest("victim")[-1])
    assert said, machine.guest("victim")
    return int(said[1]), int(said[2])


@pytest.mark.parametrize("cpus", [1, 2])
def test_a_flood_takes_nothing_of_a_victims_share(boot, cpus):
    """One whose channel is rung without end gets as much done as beside one that calls as often for nothing, within 5 %,
    and is interrupted at the rate of the budget; on one CPU with it (sched=rr), and on a CPU of its own."""
    quiet, none = steps_beside(boot, "waste", cpus=cpus)
    flooded, interrupts = steps_beside(boot, "flood", cpus=cpus)
    print(f"{cpus} CPUs: {flooded / quiet:.4f} of its steps, {interrupts} interrupts")
    assert none <= 1  # its pages are told once
    # On one CPU rings meet while the victim does not run: some two for each of its turns.
    assert interrupts > (2000 if cpus == 2 else 20), interrupts
    assert interrupts <= 0.4 * 10_000 + 32, interrupts
    assert flooded >= 0.95 * quiet, (flooded, quiet, interrupts)
