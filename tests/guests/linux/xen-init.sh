#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of a Linux guest that uses Xen's interface (tests/system/test_xen_linux.py). The kernel's command line says
# how:
#   xen.ring=a|b      which side of the channel it is; none: it does not ring
#   xen.port=N        its port
#   xen.at=ADDRESS    guest address of the shared page
#   xen.rounds=N
#   xen.say=yes       what its kernel says of Xen
#   xen.shell=yes     then a shell
# Its words end with "xen: ok" or with what failed.
/bin/busybox mkdir -p /proc /sys /dev /run
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null

value() { # NAME DEFAULT
    found="$2"
    for word in $(cat /proc/cmdline); do
        [ "${word%%=*}" != "xen.$1" ] || found="${word#*=}"
    done
    echo "$found"
}

finish() {
    echo "xen: $1"
    sleep 1 # the console's last words
    poweroff -f
    sleep 60
}

echo "xen: Linux $(uname -r), console $(cat /sys/class/tty/console/active), $(cat /sys/hypervisor/type)"
if [ "$(value say no)" = yes ]; then
    dmesg | grep -i -E 'xen|hvc|event' | sed 's/^/xen-log: /'
    for name in version/major version/minor version/extra properties/features properties/capabilities; do
        echo "xen-sys: $name $(cat /sys/hypervisor/$name 2>&1)"
    done
    grep -E 'xen|events' /proc/interrupts | sed 's/^/xen-irq: /'
    head -n 1 /proc/stat | sed 's/^/xen-stat: /'
fi
side=$(value ring none)
if [ "$side" != none ]; then
    insmod /modules/xen-evtchn.ko || finish "FAILED: xen-evtchn"
    event_ring "$side" "$(value port 0)" "$(value at 0)" "$(value rounds 100)" || finish "FAILED: event_ring"
fi
trouble=$(dmesg | grep -E -i 'detected .*stall|lockup|BUG:|Oops|call trace|nobody cared|WARNING:') &&
    finish "FAILED: the kernel says: $trouble"
if [ "$(value shell no)" = yes ]; then
    echo "xen: shell"
    setsid cttyhack sh
fi
finish ok
