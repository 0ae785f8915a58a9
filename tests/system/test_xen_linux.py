# SPDX-License-Identifier: Apache-2.0
"""Stock Debian kernels with Xen's interface on: they boot, ring each other by a static event channel, and have their
console in its ring."""
import pytest

import initramfs
import xen_guests
from systems import system
from xen_guests import bare, linux

QUIET = "on-last-off=poweroff"


def ends_well(machine, *names: str) -> None:
    for name in names:
        machine.wait_guest(name, "xen: ok", timeout=240)
    assert machine.wait_end() == 0
    for name in names:
        said = "\n".join(machine.guest(name))
        assert "FAILED" not in said
    assert not [line for line in machine.lines() if "violation" in line and ": 0" not in line]


def test_two_linux_guests_ring_each_other(boot, tmp_path):
    tree = system(*(linux(f"linux-{side}", "xen.rounds=1000", side=side) for side in "ab"))
    machine = boot(tree, xen_guests.modules(tmp_path), cpus=2, args=QUIET)
    ends_well(machine, "linux-a", "linux-b")
    for side in "ab":
        assert "event_ring: ok, 1000 rounds" in machine.guest(f"linux-{side}")


@pytest.mark.parametrize("wait", ["poll", "wfi"])
def test_linux_and_bare_metal_ring_each_other(boot, tmp_path, wait):
    tree = system(linux("linux-a", "xen.rounds=200", side="a"),
                  bare("bare-b", f"do=ring rounds=200 wait={wait}", side="b"))
    modules = xen_guests.modules(tmp_path) | {"events": "events"}
    machine = boot(tree, modules, cpus=2, args=QUIET)
    machine.wait_guest("bare-b", "events: ok, 200 rounds", timeout=240)
    ends_well(machine, "linux-a")


@pytest.mark.parametrize("kernel, gic, cpu", [(initramfs.LINUX_6_1, 3, "max"), (initramfs.LINUX_6_12, 3, "cortex-a57"),
                                              (initramfs.LINUX_6_1, 2, "cortex-a57")],
                         ids=["6.1", "6.12", "6.1-gicv2"])
def test_what_it_says(boot, tmp_path, kernel, gic, cpu):
    """With several CPUs, each of which names its own places."""
    tree = system(linux("linux-a", "xen.say=yes", cpus=2))
    machine = boot(tree, xen_guests.modules(tmp_path, kernel), cpus=2, gic=gic, cpu=cpu, args=QUIET)
    ends_well(machine, "linux-a")
    said = "\n".join(machine.guest("linux-a"))
    assert "Xen 4.17 support found" in said
    assert "xen-sys: properties/features 00014004" in said
    assert "Using 2-level ABI" in said or "2-level" in said
    assert "xen-sys: version/extra .isthmus" in said


def test_without_a_console_argument_it_is_hvc0(boot, tmp_path):
    """What Linux then prefers is the ring: output, and what is typed."""
    tree = system(linux("linux-a", "xen.shell=yes", console="", uart=False))
    machine = boot(tree, xen_guests.modules(tmp_path), cpus=1, args=QUIET)
    machine.wait_guest("linux-a", "xen: shell", timeout=240)
    assert any("console hvc0" in line or "console tty0 hvc0" in line for line in machine.guest("linux-a"))
    machine.settle()
    machine.type("echo typed $((40 + 2))\r")
    machine.wait("typed 42")
    machine.type("exit\r")
    ends_well(machine, "linux-a")


def test_a_second_console_has_a_name_of_its_own(boot, tmp_path):
    """The kernel says everything on both; a shell on the UART gets what is typed, though hvc0 is there."""
    tree = system(linux("linux-a", "xen.shell=yes"))
    machine = boot(tree, xen_guests.modules(tmp_path), cpus=1, args=QUIET)
    machine.wait_guest("linux-a", "xen: shell", timeout=240)
    machine.settle()
    machine.type("echo '<2>a message' >/dev/kmsg; echo typed $((40 + 2))\r")
    machine.wait("typed 42")
    machine.type("echo again $((40 + 3))\r")
    machine.wait("again 43")
    machine.type("exit\r")
    ends_well(machine, "linux-a")
    assert sum("a message" in line for line in machine.guest("linux-a")) == 2  # typed, and said once
    assert sum("a message" in line for line in machine.guest("linux-a (hvc0)")) == 1


def test_guests_share_a_cpu(boot, tmp_path):
    """Rings wake who sleeps, and each is told how long it waited for the CPU."""
    tree = system(*(linux(f"linux-{side}", "xen.rounds=200 xen.say=yes", side=side) for side in "ab"))
    machine = boot(tree, xen_guests.modules(tmp_path), cpus=1, args=f"sched=rr {QUIET}")
    ends_well(machine, "linux-a", "linux-b")
