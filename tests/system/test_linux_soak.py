# SPDX-License-Identifier: Apache-2.0
"""Two minutes of ./run soak: pairs of Linux guests under load, and that its judge can say no."""
import pytest

import soak

SECONDS = 120 // len(soak.SOAKS)


@pytest.fixture
def run(boot, tmp_path):
    """run(soak, load=True, keys...) -> the console's lines after the end."""

    def start(system: soak.Soak, load: bool = True, **keys: object) -> list[str]:
        machine = boot(system.tree(**keys), soak.modules(tmp_path, load),
                       cpus=system.cpus, gic=system.gic, args=system.arguments())
        assert machine.wait_end(timeout=420) == 0
        return machine.lines()

    return start


@pytest.mark.parametrize("system", soak.SOAKS, ids=str)
def test_load_and_messages(run, system):
    lines = run(system, seconds=SECONDS, messages=40 * SECONDS)
    assert not soak.complaints(lines)
    assert any("region soak: owner" in line for line in lines), "no summary"


GOOD = """linux-a| soak: Linux 6.1, 2 CPUs, 9 s after its start
linux-a| soak: ok
linux-a| [    9.000000] soak: interrupts counted: 60
linux-a| [    9.080000] reboot: Power down
isthmus|   linux-a ran 9 ms; interrupts injected: 100 (taken 98, withdrawn 1, pending 1, lost 0); violations: 0
"""


@pytest.mark.parametrize("right, wrong", [
    ("soak: ok", "soak: FAILED: messages"), ("lost 0", "lost 1"), ("taken 98", "taken 97"),
    ("violations: 0", "violations: 1"), ("counted: 60", "counted: 99"), ("counted: 60", "counted: 57"),
    ("9.080000", "9.050000"), ("reboot: Power", "power"), ("linux-a ran", "linux-b ran"),
    ("injected: 100 (taken 98", "injected: 9000 (taken 8998")])
def test_the_judge_says_no(right, wrong):
    judge = ("linux-a",)
    assert not soak.complaints(GOOD.splitlines(), judge)
    assert right in GOOD
    assert soak.complaints(GOOD.replace(right, wrong).splitlines(), judge)
