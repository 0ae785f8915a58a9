# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels end in each way that they know, and come back: `reboot`, a panic with `panic=1`, a watchdog that
nobody feeds, and `poweroff` at last. What they count their lives in outlasts them."""
import os

import pytest

import watchdogs
from systems import domain, region, system

LIVES = 0x6000_0000
INIT = b"""#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs devtmpfs /dev
[ ! -e /modules/watchdog.ko ] || /bin/busybox insmod /modules/watchdog.ko
/bin/busybox insmod /modules/sbsa_gwdt.ko timeout=2
life=$(($(/bin/busybox devmem 0x60000000 32) + 1))
/bin/busybox devmem 0x60000000 32 $life
echo "life $life, $(/bin/busybox nproc) CPUs, files of the last one: $(/bin/busybox ls / | /bin/busybox grep was)"
/bin/busybox dmesg | /bin/busybox grep -o 'System reset by WDT'
echo > /was-here
case $life in
1) /bin/busybox reboot -f ;;
2) echo c > /proc/sysrq-trigger ;;
3) echo > /dev/watchdog; while true; do /bin/busybox sleep 1; done ;;
4) /bin/busybox poweroff -f ;;
esac
"""


# ISTHMUS_ALL_KERNELS=1 tries both.
@pytest.mark.parametrize("kernel", watchdogs.KERNELS if os.environ.get("ISTHMUS_ALL_KERNELS") else ["6.12"])
def test_it_comes_back_until_it_powers_off(boot, tmp_path, kernel):
    lives = region("lives", None, LIVES, 0x1000, extra='isthmus,on-restart = "keep";')
    tree = system(domain("linux", memory_mib=256, cpus=2, ramdisk="ramdisk", regions=(lives,),
                         extra='isthmus,watchdog; isthmus,on-watchdog = "restart";',
                         bootargs="console=ttyAMA0 loglevel=4 panic=1"))
    machine = boot(tree, watchdogs.modules(kernel, INIT, tmp_path), cpus=2)
    assert machine.wait_end(timeout=240) == 0
    said = machine.guest("linux")
    assert [line for line in said if line.startswith("life ")] == [
        f"life {life}, 2 CPUs, files of the last one: " for life in (1, 2, 3, 4)], said
    # WCS.WS1: the driver's own word, in the life behind the watchdog's, and in no other.
    assert said.count("System reset by WDT") == 1
    assert said.index("System reset by WDT") > said.index("life 4, 2 CPUs, files of the last one: ")
    ends = [line for line in machine.guest("isthmus")
            if line.startswith(("linux asked", "linux did not", "linux powered"))]
    assert ends == ["linux asked for a reset: restarting", "linux asked for a reset: restarting",
                    "linux did not feed its watchdog: restarting", "linux powered off"]
    assert sum("linux is back: start" in line and "references as planned" in line for line in machine.guest("isthmus")) == 3
