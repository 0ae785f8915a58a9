#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of a Linux whose work is timed on two hypervisors (tests/bench/peers.py). The kernel's command line says
#   peers.do=NAME,NAME    what is done, in this order: the functions below
#   peers.modules=N,N     modules to load before
# Before and after each stands "peers: NAME begin" and "end" in the kernel's log, which has a stamp on each line.
/bin/busybox mkdir -p /proc /sys /dev /run
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t devtmpfs dev /dev 2>/dev/null

# A line of /dev/kmsg is on the console before the next command starts.
mark() {
    echo "<2>peers: $1" >/dev/kmsg
}

mark init
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs run /run

value() { # NAME
    for word in $(cat /proc/cmdline); do
        [ "${word%%=*}" != "peers.$1" ] || echo "${word#*=}" | tr , ' '
    done
}

hackbench() { # 80 processes that send each other 100 bytes through sockets
    /bin/hackbench -g 2 -l 50
}

syscalls() { # a read and a write of one byte each
    dd if=/dev/zero of=/dev/null bs=1 count=200000
}

console() {
    cat /run/text >/dev/ttyAMA0
}

disk_large() {
    for round in 1 2 3 4 5 6 7 8; do
        dd if=/dev/vda of=/dev/null bs=1M count=128 iflag=direct || return 1
    done
}

disk_small() {
    dd if=/dev/vda of=/dev/null bs=4k count=8192 iflag=direct
}

# 1 MiB in lines of 64 letters.
yes peers-text-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789-abc | head -c 1048576 >/run/text
for module in $(value modules); do
    insmod "/modules/$module.ko" || mark "FAILED: insmod $module"
done
for work in $(value do); do
    tries=0
    until [ "${work#disk}" = "$work" ] || [ -e /dev/vda ] || [ $tries = 100 ]; do
        sleep 0.1 # a driver may take a moment
        tries=$((tries + 1))
    done
    mark "$work begin"
    "$work" >/run/said 2>&1 || mark "FAILED: $work: $(tail -n 1 /run/said)"
    mark "$work end"
done
mark done
sleep 1
poweroff -f
sleep 60
