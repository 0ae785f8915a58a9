# SPDX-License-Identifier: Apache-2.0
"""Doorbells of shared regions between bare-metal guests: who rings whom, by which way; what a hostile one can do."""
import re

import pytest

from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000
# Time is instructions: 1 ns each. What else this machine does has no part in what is measured.
COUNTED = ("-icount", "shift=0,sleep=off")


def bells(extra: str = "") -> str:
    return region("bells", HOST, GUEST, SIZE, extra=f"isthmus,doorbell; {extra}")


def ringing(name: str, steps: str, more: str = "", extra: str = "", **keys) -> str:
    """A guest that does these steps (tests/guests/bells.cpp)."""
    return domain(name, "bells", bootargs=f"do={steps} {more}", regions=[bells(extra)], **keys)


def run(boot, tree: str, *, cpus: int = 2, **keys):
    machine = boot(tree, {"bells": "bells"}, cpus=cpus, **keys)
    assert machine.wait_end() == 0
    return machine


def all_ok(machine, *names: str):
    for name in names:
        assert machine.guest(name)[-1] == "bells: ok", machine.guest(name)


@pytest.mark.parametrize("gic, cpus", [(3, 2), (3, 1), (2, 2)])
def test_two_ring_each_other(boot, gic, cpus):
    """By hypercall and by GPIO block, each heard both ways; beside each other and on one CPU."""
    tree = system(ringing("guest-a", "ring:guest-b,hear:guest-b,out:guest-b,in:guest-b"),
                  ringing("guest-b", "hear:guest-a,ring:guest-a,in:guest-a,ring:guest-a"))
    machine = run(boot, tree, cpus=cpus, gic=gic,
                  args=f"sched={'rr' if cpus == 1 else 'null'} on-last-off=poweroff")
    all_ok(machine, "guest-a", "guest-b")


def test_three_parties(boot):
    """Who rang is told at once, and nobody hears what was not for it."""
    tree = system(ringing("guest-a", "ring:guest-b,hear:guest-c,ring:guest-c"),
                  ringing("guest-b", "hear:guest-a,ring:guest-c"),
                  ringing("guest-c", "hear:guest-b,ring:guest-a,hear:guest-a"))
    all_ok(run(boot, tree, cpus=3), "guest-a", "guest-b", "guest-c")


def test_a_read_only_party_rings_back(boot):
    tree = system(ringing("guest-a", "ring:guest-b,hear:guest-b"),
                  ringing("guest-b", "hear:guest-a,ring:guest-a", extra='isthmus,access = "ro";'))
    all_ok(run(boot, tree), "guest-a", "guest-b")


@pytest.mark.parametrize("presentation", ["reserved", "xen", "pmem"])
def test_however_the_region_is_presented(boot, presentation):
    extra = f'isthmus,presentation = "{presentation}";'
    tree = system(ringing("guest-a", "ring:guest-b,hear:guest-b", extra=extra),
                  ringing("guest-b", "hear:guest-a,out:guest-a", extra=extra))
    all_ok(run(boot, tree), "guest-a", "guest-b")


def test_a_ring_before_anybody_listens_is_not_lost(boot):
    tree = system(ringing("guest-a", "ring:guest-b,out:guest-b"),
                  ringing("guest-b", "later:1,later:1,hear:guest-a,in:guest-a"))
    all_ok(run(boot, tree), "guest-a", "guest-b")


def test_calls_that_are_none_and_any_register(boot):
    """A hostile guest's neighbour does not hear of it, but for the rings that are among it."""
    tree = system(ringing("guest-a", "wrong,garbage,wrong,later:1,ring:guest-c"),
                  ringing("guest-c", "in:guest-a"))
    machine = run(boot, tree)
    all_ok(machine, "guest-a", "guest-c")
    assert not [line for line in machine.lines() if "violations: 1" in line]


@pytest.mark.parametrize("when_off", ["keep", "drop"])
def test_rings_to_one_that_is_off_are_counted(boot, when_off):
    tree = system(ringing("guest-a", "later:1,later:1,ring:guest-b,ring:guest-b"),
                  ringing("guest-b", "wrong", extra=f'isthmus,doorbell-when-off = "{when_off}";'))
    machine = run(boot, tree)
    all_ok(machine, "guest-a", "guest-b")
    kept = "kept" if when_off == "keep" else "dropped"
    assert any(re.search(rf'guest-a rang guest-b in "bells" 2 times: .* {kept} while that was off 2', line)
               for line in machine.lines()), machine.lines()[-8:]


def steps_beside(boot, other: str, *, cpus: int) -> tuple[int, int]:
    """Steps of a guest that only counts, and its interrupts, beside one that does `other`."""
    # Built first, it starts first; both end at the same time.
    tree = system(ringing("victim", "count", "at=400"), ringing("other", other, "at=400"))
    machine = run(boot, tree, cpus=cpus, extra=COUNTED,
                  args=f"sched={'rr' if cpus == 1 else 'null'} on-last-off=poweroff log=quiet")
    said = re.search(r"(\d+) steps, (\d+) interrupts", machine.guest("victim")[-2])
    assert said, machine.guest("victim")
    return int(said[1]), int(said[2])


@pytest.mark.parametrize("cpus", [1, 2])
def test_a_flood_takes_nothing_of_a_victims_share(boot, cpus):
    """One that is rung without end gets as much done as beside one that calls as often for nothing,
    within 5 %; on one CPU with it (sched=rr), and on a CPU of its own."""
    quiet, none = steps_beside(boot, "waste", cpus=cpus)
    flooded, interrupts = steps_beside(boot, "flood:victim", cpus=cpus)
    assert none == 0
    # On one CPU rings meet while the victim does not run: some two for each of its turns.
    assert interrupts > (2000 if cpus == 2 else 20), interrupts
    # Whatever an interrupt costs: 400 ms at the rate of the budget, and one burst.
    assert interrupts <= 0.4 * 10_000 + 32, interrupts
    assert flooded >= 0.95 * quiet, (flooded, quiet, interrupts)
    print(f"{cpus} CPUs: {flooded / quiet:.4f} of its steps, {interrupts} interrupts")
