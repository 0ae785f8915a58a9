# SPDX-License-Identifier: Apache-2.0
"""Linux guests of several vCPUs, each with a CPU: all come up, go and come again."""
import soak
from systems import system

ROUNDS = 20


def test_four_vcpus(boot, tmp_path):
    """It ends by SYSTEM_RESET, which is reported and, as its tree asks, stops this guest alone."""
    guest = soak.guest("linux-a", 4, "soak.end=reset", ())
    tree = system(guest.replace("vpl011;", 'vpl011; isthmus,on-reset = "stop";'))
    lines = soak.lines_until_the_end(boot, tree, tmp_path, cpus=4, scheduler="null")
    assert not soak.complaints(lines, ("linux-a",))
    assert any(", 4 CPUs, " in line for line in lines if "soak: Linux" in line)
    assert "isthmus| linux-a asked for a reset: stopped" in lines


def test_hotplug_beside_messages(boot, tmp_path):
    """A's CPUs go off and on in rounds while both exchange messages."""
    tree = soak.hotplug_pair(messages=2000, rounds=ROUNDS)
    lines = soak.lines_until_the_end(boot, tree, tmp_path, cpus=4, scheduler="null")
    assert not soak.complaints(lines)
    assert any(f"off and on in {ROUNDS} rounds" in line for line in lines)
