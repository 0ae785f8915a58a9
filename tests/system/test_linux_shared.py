# SPDX-License-Identifier: Apache-2.0
"""Linux guests whose vCPUs share CPUs (`sched=rr`): they come up, sleep, go and come again, and finish their work."""
import soak
from systems import system

ROUNDS = 10


def test_eight_vcpus_on_two_cpus(boot, tmp_path):
    tree = system(soak.guest("linux-a", 8, "", ()))
    lines = soak.lines_until_the_end(boot, tree, tmp_path, cpus=2, scheduler="rr")
    assert not soak.complaints(lines, ("linux-a",))
    assert any(", 8 CPUs, " in line for line in lines if "soak: Linux" in line)


def test_one_vcpu_each_on_one_cpu(boot, tmp_path):
    """Each waits for the other's messages, asleep, so that the CPU goes to and fro."""
    tree = system(*(soak.guest(f"linux-{role}", 1, f"soak.role={role} soak.messages=300") for role in "ab"))
    lines = soak.lines_until_the_end(boot, tree, tmp_path, cpus=1, scheduler="rr")
    assert not soak.complaints(lines)


def test_hotplug_beside_messages(boot, tmp_path):
    """A's CPUs go off and on while vCPUs of B are on the same CPUs."""
    tree = soak.hotplug_pair(messages=500, rounds=ROUNDS)
    lines = soak.lines_until_the_end(boot, tree, tmp_path, cpus=2, scheduler="rr")
    assert not soak.complaints(lines)
    assert any(f"off and on in {ROUNDS} rounds" in line for line in lines)


def test_load_on_one_cpu(boot, tmp_path):
    """Four vCPUs of two guests under stress-ng share one CPU: both finish their work."""
    tree = soak.Soak("rr", cpus=1, vcpus=2).tree(seconds=10, messages=200)
    lines = soak.lines_until_the_end(boot, tree, tmp_path, load=True, cpus=1, scheduler="rr")
    assert not soak.complaints(lines)
