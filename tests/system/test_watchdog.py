# SPDX-License-Identifier: Apache-2.0
"""The watchdog and the panic device, with Debian's own driver of the one, and a guest of ours for the other:
Debian's kernels have none for it."""
import pytest

import watchdogs
from systems import domain, system

INIT = b"""#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs devtmpfs /dev
[ ! -e /modules/watchdog.ko ] || /bin/busybox insmod /modules/watchdog.ko
/bin/busybox insmod /modules/sbsa_gwdt.ko timeout=8 $(/bin/busybox cat /proc/cmdline | /bin/busybox sed -n 's/.*gwdt=//p')
/bin/busybox watchdog -T 8 -t 1 -F /dev/watchdog &
/bin/busybox sleep 12
echo "fed: $(/bin/busybox grep -c . /proc/cmdline)"
/bin/busybox kill -9 $!
echo "starving"
while true; do /bin/busybox sleep 1; done
"""


@pytest.fixture(scope="module", params=watchdogs.KERNELS)
def modules(request, tmp_path_factory):
    return watchdogs.modules(request.param, INIT, tmp_path_factory.mktemp("ramdisk"))


def boot_guest(boot, modules, more="", cpus=2):
    tree = system(domain("guest", memory_mib=256, cpus=cpus, ramdisk="ramdisk", extra='isthmus,watchdog; isthmus,on-reset = "stop";',
                         bootargs=f"console=ttyAMA0 loglevel=4 {more}"))
    return boot(tree, modules, cpus=cpus, memory_mib=1024)


def test_a_guest_that_does_not_feed_it_stops(boot, modules):
    """By default the driver waits for the second stage."""
    machine = boot_guest(boot, modules)
    machine.wait_guest("guest", "fed: 1")
    machine.wait_guest("guest", "starving")
    assert machine.wait_end() == 0
    assert "guest did not feed its watchdog: stopped" in machine.guest("isthmus")


def test_its_first_stage_may_be_a_panic(boot, modules):
    machine = boot_guest(boot, modules, "panic=1 gwdt=action=1")
    machine.wait_guest("guest", "starving")
    machine.wait_guest("guest", "Kernel panic - not syncing: SBSA Generic Watchdog timeout")
    assert machine.wait_end() == 0
    assert "did not feed" not in "\n".join(machine.guest("isthmus"))


def test_a_panic_is_told_by_its_device(boot):
    """One bit says that the kernel goes on in another one, which stops nobody."""
    tree = system(domain("guest", bootargs="mmu=off steps=set:0x22030000:2,set:0x22030000:1", extra="isthmus,pvpanic;"))
    machine = boot(tree, {"kernel": "steps"})
    assert machine.wait_end() == 0
    said = machine.guest("isthmus")
    assert said.index("guest panicked, and goes on in a kernel that it has loaded for that") < said.index(
        "guest panicked: stopped")
