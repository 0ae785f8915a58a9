# SPDX-License-Identifier: Apache-2.0
"""Linux guests of several vCPUs: all come up, go and come again, also where they share a CPU."""
import pytest

import soak
from systems import system

ROUNDS = 20


@pytest.fixture
def boot_guests(boot, tmp_path):
    def start(tree: str, cpus: int, scheduler: str) -> list[str]:
        machine = boot(tree, soak.modules(tmp_path, load=False), cpus=cpus,
                       args=f"sched={scheduler} on-last-off=poweroff")
        assert machine.wait_end(timeout=600) == 0
        return machine.lines()

    return start


@pytest.mark.parametrize("vcpus, cpus, scheduler", [(4, 4, "null"), (8, 2, "rr")])
def test_so_many_vcpus(boot_guests, vcpus, cpus, scheduler):
    """It ends by SYSTEM_RESET, which is reported and stops this guest alone."""
    tree = system(soak.guest("linux-a", vcpus, "soak.end=reset", ()))
    lines = boot_guests(tree, cpus, scheduler)
    assert not soak.complaints(lines, ("linux-a",))
    assert any(f", {vcpus} CPUs, " in line for line in lines if "soak: Linux" in line)
    assert "isthmus| linux-a asked for a reset: stopped" in lines


def test_hotplug_beside_messages(boot_guests):
    """A's CPUs go off and on in rounds while both exchange messages."""
    words = "soak.messages=2000"
    tree = system(soak.guest("linux-a", 2, f"soak.role=a {words} soak.hotplug={ROUNDS}"),
                  soak.guest("linux-b", 2, f"soak.role=b {words}"))
    lines = boot_guests(tree, cpus=4, scheduler="null")
    assert not soak.complaints(lines)
    assert any(f"off and on in {ROUNDS} rounds" in line for line in lines)


def test_load_on_one_cpu(boot, tmp_path):
    """Four vCPUs of two guests under stress-ng share one CPU: both finish their work."""
    one = soak.Soak("rr", cpus=1, vcpus=2)
    machine = boot(one.tree(seconds=10, messages=200), soak.modules(tmp_path), cpus=one.cpus,
                   args=one.arguments())
    assert machine.wait_end(timeout=600) == 0
    assert not soak.complaints(machine.lines())
