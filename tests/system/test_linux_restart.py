# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels end in each way that they know, and come back: `reboot`, a panic with `panic=1`, a watchdog that
nobody feeds, and `poweroff` at last. What they count their lives in outlasts them."""
import os
import re

import pytest

import launch
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


# Ends by each of them in turn, at a random moment of the talk, but in its last life.
LASTING = b"""#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
[ ! -e /modules/watchdog.ko ] || /bin/busybox insmod /modules/watchdog.ko
/bin/busybox insmod /modules/sbsa_gwdt.ko timeout=1
life=$(/bin/shm_answers life)
lives=$(/bin/busybox sed -n 's/.* lives=\\([0-9]*\\).*/\\1/p' /proc/cmdline)
/bin/shm_answers &
if [ "$life" = "$lives" ]; then
    wait $! && echo "lasting: ok"
    /bin/busybox poweroff -f
fi
/bin/busybox usleep $((RANDOM * 20))
case $((life % 4)) in
0) /bin/busybox reboot -f ;;
1) echo c > /proc/sysrq-trigger ;;
2) echo > /dev/watchdog; while true; do /bin/busybox sleep 1; done ;;
3) echo b > /proc/sysrq-trigger ;;
esac
"""
TALK_LIVES = int(os.environ.get("ISTHMUS_LINUX_LIVES", "4"))


@pytest.mark.parametrize("scheduler", ["null", "rr"] if TALK_LIVES > 4 else ["null"])
def test_a_talk_goes_on_while_linux_comes_and_goes(boot, tmp_path, scheduler):
    """ISTHMUS_LINUX_LIVES=200 for an hour. tests/guests/lasting.cpp asks from its side, and loses no answer."""
    talk = region("talk", 0x7000_0000, 0x6000_0000, 0x1_0000, extra="isthmus,status; isthmus,doorbell;")
    journal = region("journal", None, 0x6010_0000, 0x1000, extra='isthmus,on-restart = "keep";')
    tree = system(domain("asker", "lasting", regions=(talk,), bootargs=f"role=a quiet=yes patience=120 lives={TALK_LIVES}"),
                  domain("linux", memory_mib=128, cpus=2, ramdisk="ramdisk", regions=(talk, journal),
                         extra='isthmus,watchdog; isthmus,on-watchdog = "restart"; isthmus,on-crash = "restart";',
                         bootargs=f"console=ttyAMA0 quiet loglevel=1 panic=-1 lives={TALK_LIVES}"))
    answers = launch.build_folder() / "guests/linux/shm_answers"
    more = {"bin/shm_answers": answers.read_bytes()}
    machine = boot(tree, watchdogs.modules("6.12", LASTING, tmp_path, more) | {"lasting": "lasting"},
                   cpus=3 if scheduler == "null" else 2, args=f"sched={scheduler} on-last-off=poweroff")
    assert machine.wait_end(timeout=120 + 30 * TALK_LIVES) == 0
    said = machine.guest("asker")
    assert said[-1] == "lasting: ok", said
    assert f"in {TALK_LIVES} lives of the other side" in said[-2]
    assert "lasting: ok" in machine.guest("linux")
    lines = machine.guest("isthmus")
    assert sum("linux is back: start" in line and "references as planned" in line for line in lines) == TALK_LIVES - 1
    counted = [re.search(r"references expected (\d+), found (\d+)", line) for line in lines]
    assert any(counted) and all(match[1] == match[2] for match in counted if match)
