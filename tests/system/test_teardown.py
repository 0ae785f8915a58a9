# SPDX-License-Identifier: Apache-2.0
"""on-stop=release: stopped guests are taken apart, in whichever order, and nothing is left held."""
import re

import pytest

from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000
HEAP = re.compile(r"is taken apart: (\d+) of (\d+) heap pages are free")
ACCOUNT = re.compile(r"region demo: .* references expected (\d+), found (\d+)$")


def tree(owner: str, host: int | None = HOST) -> str:
    """A writes first, so B stops first. `owner`: a, b or dom_io."""
    def side(role: str) -> str:
        own = 'role = "owner";' if owner == role else 'role = "borrower";'
        shared = region("demo", host, GUEST, SIZE, extra="" if owner == "dom_io" else own)
        return domain(f"guest-{role}", "pair", bootargs=f"role={role} id=demo", regions=[shared])
    return system(side("a"), side("b"))


def free_after(machine) -> tuple[int, int]:
    found = [HEAP.search(line) for line in machine.lines()]
    last = [match for match in found if match][-1]
    return int(last[1]), int(last[2])


@pytest.mark.parametrize("owner, left", [("dom_io", 1), ("a", 0), ("b", 0)])
def test_nothing_stays_held(boot, owner, left):
    machine = boot(tree(owner), {"pair": "pair"}, cpus=2, args="on-last-off=poweroff on-stop=release")
    assert machine.wait_end() == 0
    accounts = [match for match in map(ACCOUNT.search, machine.lines()) if match]
    first, last = accounts[0], accounts[-1]
    built = 3 if owner == "dom_io" else 2
    assert (int(first[1]), int(first[2])) == (built, built)
    assert (int(last[1]), int(last[2])) == (left, left)
    assert not any("WRONG" in line for line in machine.lines())
    # Two guests of 64 MiB have come back to the heap, private RAM and tables.
    free, total = free_after(machine)
    assert free > total + 2 * 64 * 256 - 256


def test_pages_from_the_heap_return_there(boot):
    """A region whose host address the planner chose is no static memory: it comes back, too."""
    machine = boot(tree("a", host=None), {"pair": "pair"}, cpus=2, args="on-last-off=poweroff on-stop=release")
    assert machine.wait_end() == 0
    free, total = free_after(machine)
    assert free > total + 2 * 64 * 256 + 16 - 256


def test_by_default_all_stays(boot):
    machine = boot(tree("a"), {"pair": "pair"}, cpus=2)
    assert machine.wait_end() == 0
    accounts = [match for match in map(ACCOUNT.search, machine.lines()) if match]
    assert (int(accounts[-1][1]), int(accounts[-1][2])) == (2, 2)
    assert not any("taken apart" in line for line in machine.lines())


def test_a_neighbour_waits_for_a_piece_of_it_only(boot):
    """A guest of 64 MiB is taken apart on a CPU where another runs, which is held up for as long as the guest's slices
    (1 ms) and switches take and a piece (20 us), not for all of it (0.3 s). Time is instructions: 16 ns each."""
    machine = boot(system(domain("victim", "busy", bootargs="do=spin at=6"), domain("large", "busy", bootargs="do=spin at=2", memory_mib=64)),
                   {"busy": "busy"}, cpus=1,
                   args="sched=rr sched-slice=1 on-last-off=poweroff on-stop=release",
                   extra=("-icount", "shift=4,sleep=off"))
    assert machine.wait_end() == 0
    lines = machine.lines()
    gone = next(i for i, line in enumerate(lines) if "large is taken apart" in line)
    done = next(i for i, line in enumerate(lines) if line.startswith("victim| busy: spin done"))
    assert gone < done, "the victim ran all the while"
    apart = int(re.search(r"at most (\d+) us apart", lines[done])[1])
    assert apart <= 2000 * 1.1, apart
