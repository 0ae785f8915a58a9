# SPDX-License-Identifier: Apache-2.0
"""The audit before the first guest instruction: it passes what was planned, and stops the machine
for each kind of difference. The faults are made by an image for this purpose (isthmus-inject)."""
import re

import pytest

from isthmus_qemu import launch
from systems import domain, region, system
from xen_guests import channel

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000


def tree() -> str:
    return system(domain("guest-a", "hello", extra=channel("a"), regions=[region("demo", HOST, GUEST, SIZE)]),
                  domain("guest-b", "hello", extra=channel("b"), regions=[region("demo", HOST, GUEST, SIZE)]))


def test_what_was_planned_passes(boot):
    machine = boot(tree(), {"hello": "hello"}, cpus=2)
    assert machine.wait_end() == 0
    found = [re.search(r"audit: ok, (\d+) mappings, (\d+) pages, (\d+) shared, in \d+ us", line)
             for line in machine.lines()]
    mappings, pages, shared = map(int, next(match for match in found if match).groups())
    assert (mappings, pages, shared) == (2 * (32 + 16), 2 * (16384 + 16), 2 * 16)


FAULTS = {
    "extra-mapping": "guest-a 0x60000000-0x60001000 is mapped and not planned",
    "missing-mapping": "guest-a 0x40000000-0x40001000 is planned and not mapped",
    "wrong-host": "guest-a 0x40000000-0x40001000 is mapped to other memory",
    "wrong-type": "guest-a 0x50000000-0x50001000 is mapped as something else",
    "wrong-rights": "guest-a 0x50000000-0x50001000 has a descriptor whose rights",
    "page-owner": "1 pages of .* have another owner or count than guest-a, 1",
    "page-count": "1 pages of .* have another owner or count than guest-a, 1",
    "own-map": "Isthmus's own map shows 0x",
    "guest-control": r"guest-a runs by VTTBR_EL2 0x2\w+ and VTCR_EL2 0x\w+: planned 0x1\w+ and 0x",
    "channel-end": "event channel 5 of guest-a does not ring as planned",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_difference_stops_the_machine(boot, fault):
    machine = boot(tree(), {"hello": "hello"}, cpus=2,
                   kernel=launch.ROOT / "build" / "arm64" / "isthmus-inject",
                   args=f"on-last-off=poweroff inject={fault}")
    machine.wait("nothing is started: what was built is not what was planned")
    machine.settle()
    told = [line for line in machine.lines() if "audit: " in line]
    assert any(re.search(FAULTS[fault], line) for line in told), told
    assert not machine.guest("guest-a") and not machine.guest("guest-b")


def test_other_builds_inject_nothing(boot):
    machine = boot(tree(), {"hello": "hello"}, cpus=2,
                   args="on-last-off=poweroff inject=wrong-host")
    assert machine.wait_end() == 0
    assert any("this build injects no faults" in line for line in machine.lines())
    assert machine.guest("guest-a")[-1] == "hello: ok"
