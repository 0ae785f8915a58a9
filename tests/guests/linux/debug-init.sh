#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of a Linux guest that uses its CPU's debug registers (tests/system/test_debug.py):
#   debug.role=0|1    at which of two places
#   debug.rounds=N    how often it runs through both
/bin/busybox mkdir -p /proc /sys
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys

value() { # NAME DEFAULT
    found="$2"
    for word in $(cat /proc/cmdline); do
        [ "${word%%=*}" != "debug.$1" ] || found="${word#*=}"
    done
    echo "$found"
}

dmesg | grep -o 'hw-breakpoint: .*'
debug_checks "$(value role 0)" "$(value rounds 10)"
sleep 1 # the console's last words
poweroff -f
