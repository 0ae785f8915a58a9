# SPDX-License-Identifier: Apache-2.0
"""Machines at the edges: one CPU, too few CPUs, no EL2, a CPU nobody needs, much RAM."""
from systems import domain, system

HELLO = {"hello": "hello"}


def test_one_cpu_one_guest(boot):
    machine = boot(system(domain("guest-a", "hello", bootargs="greeting")), HELLO, cpus=1)
    assert machine.wait_end() == 0
    said = machine.guest("guest-a")
    assert said[-1] == "hello: ok"
    assert "hello: memory 0x40000000-0x44000000" in said
    assert 'hello: arguments "greeting"' in said


def test_more_cpus_than_guests(boot):
    machine = boot(system(domain("guest-a", "hello")), HELLO, cpus=4)
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "hello: ok"


def test_fewer_cpus_than_vcpus(boot):
    """Where the tree has no word about it they take turns, and a note says so."""
    machine = boot(system(domain("guest-a", "hello", cpus=2), domain("guest-b", "hello")), HELLO,
                   cpus=2)
    machine.wait(r"note\[sched-turns\].*\n")
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == machine.guest("guest-b")[-1] == "hello: ok"


def test_fewer_cpus_than_vcpus_that_want_one_each(boot):
    machine = boot(system(domain("guest-a", "hello", cpus=2), domain("guest-b", "hello")), HELLO,
                   cpus=2, args="sched=null on-last-off=poweroff")
    machine.wait(r"error\[dom-cpu-shortage\].*\n")
    machine.settle()
    assert not machine.guest("guest-a") and not machine.guest("guest-b")


def test_entered_at_el1_says_so_and_stops(boot):
    machine = boot(system(domain("guest-a", "hello")), HELLO, cpus=1, virtualization=False)
    machine.wait(r"EL1")
    machine.settle()
    assert not machine.guest("guest-a")


def test_guest_in_both_banks(boot):
    """3 GiB of guest RAM lie in bank 0, the rest in bank 1."""
    machine = boot(system(domain("guest-a", "hello", memory_mib=3136)), HELLO, cpus=1,
                   memory_mib=5120)
    assert machine.wait_end() == 0
    said = machine.guest("guest-a")
    assert "hello: memory 0x40000000-0x100000000" in said, said
    assert "hello: memory 0x200000000-0x204000000" in said, said
    assert said[-1] == "hello: ok"


def test_halt_is_the_default(boot):
    machine = boot(system(domain("guest-a", "hello")), HELLO, cpus=1, args="")
    machine.wait_guest("guest-a", "hello: ok")
    machine.wait("halted")
    machine.settle()
    assert machine.is_on()


def test_guest_without_uart(boot):
    """Nothing to be heard, but it runs and switches itself off."""
    machine = boot(system(domain("guest-a", "hello", uart=False)), HELLO, cpus=1)
    assert machine.wait_end() == 0
    assert not machine.guest("guest-a")
