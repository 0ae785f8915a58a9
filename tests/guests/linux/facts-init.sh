#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of a Linux guest that prints what it sees of its machine (tests/conformance): files, in base64
# since their lines may be too long for a hypervisor's console. Then it powers off, or with facts.stay=1
# in its command line waits.
/bin/busybox mkdir -p /proc /sys /dev
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys

lines=0
show() { # NAME FILE
    base64 -w 72 <"$2" >/shown
    while read -r line; do
        echo "file $1 $line"
        lines=$((lines + 1))
    done </shown
}

echo "facts begin"
grep -r . /sys/devices/system/cpu/vulnerabilities >/vulnerabilities
dmesg >/dmesg
show fdt /sys/firmware/fdt
for name in interrupts iomem cpuinfo meminfo; do
    show "$name" "/proc/$name"
done
show vulnerabilities /vulnerabilities
show online /sys/devices/system/cpu/online
show dmesg /dmesg
echo "facts end $lines"
sleep 1 # the console's last words
grep -q facts.stay=1 /proc/cmdline && exec sleep 600
poweroff -f
sleep 60
