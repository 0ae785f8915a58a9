#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of a Linux guest that is kept busy (tests/system/soak.py). The kernel's command line says how:
#   soak.role=a|b      which side of the region "soak" it is; none: no messages
#   soak.messages=N    that many each way
#   soak.seconds=N     stress-ng for so long, 0: not
#   soak.hotplug=N     every CPU but the first goes off and on again so often
#   soak.end=reset     ends by SYSTEM_RESET, else by SYSTEM_OFF
# Its words end with "soak: ok" or with what failed. Then its last CPU counts the interrupts of all.
/bin/busybox mkdir -p /proc /sys /dev /run
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ TMPDIR=/run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs run /run

value() { # NAME DEFAULT
    found="$2"
    for word in $(cat /proc/cmdline); do
        [ "${word%%=*}" != "soak.$1" ] || found="${word#*=}"
    done
    echo "$found"
}

end() {
    [ "$(value end off)" = reset ] && reboot -f || poweroff -f
    sleep 60
}

finish() {
    echo "soak: $1"
    sleep 1 # the console's last words
    end
}

# A CPU that is off counts no further, so that only this one's last moments are not in the sum of all CPUs.
# The kernel writes a line of /dev/kmsg at once, without interrupts, and with its time.
finish_counted() {
    for cpu in /sys/devices/system/cpu/cpu[1-9]*; do
        [ ! -e "$cpu/online" ] || echo 0 >"$cpu/online" || finish "FAILED: $cpu does not go off"
    done
    echo "soak: ok"
    sleep 1
    while read -r name total rest; do
        [ "$name" != intr ] || break
    done </proc/stat
    echo "<2>soak: interrupts counted: $total" >/dev/kmsg
    end
}

switch_cpus() {
    rounds=0
    while [ $rounds -lt "$1" ]; do
        for cpu in /sys/devices/system/cpu/cpu[1-9]*; do
            echo 0 >"$cpu/online" || return 1
            [ "$(cat "$cpu/online")" = 0 ] || return 1
            echo 1 >"$cpu/online" || return 1
            [ "$(cat "$cpu/online")" = 1 ] || return 1
        done
        rounds=$((rounds + 1))
    done
    echo "soak: CPUs were switched off and on in $rounds rounds"
}

role=$(value role none)
seconds=$(value seconds 0)
hotplug=$(value hotplug 0)
echo "soak: Linux $(uname -r), $(nproc) CPUs, $(cut -d ' ' -f 1 /proc/uptime) s after its start"

if [ "$role" != none ]; then
    (shm_messages "$role" soak "$(value messages 100)" 300 && touch /run/delivered) &
fi
if [ "$seconds" != 0 ]; then
    stress-ng --temp-path /run --oomable --verify --timeout "$seconds" --cpu 1 --matrix 1 --vm 1 \
        --vm-bytes 16M --pipe 1 --fork 1 --switch 1 --timer 1 --timer-freq 500 --clock 1 \
        --tlb-shootdown 1 >/run/load 2>&1 || {
        tail -n 12 /run/load
        finish "FAILED: stress-ng"
    }
    grep -q "successful run completed" /run/load || finish "FAILED: stress-ng did not complete"
    echo "soak: stress-ng: $(sed -n 's/.*] //; s/successful run completed in/completed in/p' /run/load)"
fi
[ "$hotplug" = 0 ] || switch_cpus "$hotplug" || finish "FAILED: hotplug of $cpu"
wait
[ "$role" = none ] || [ -e /run/delivered ] || finish "FAILED: messages"

# Each CPU's timer still wakes it.
for cpu in /sys/devices/system/cpu/cpu[0-9]*; do
    taskset -c "${cpu##*/cpu}" sleep 0.1 || finish "FAILED: sleep on $cpu"
done
trouble=$(dmesg | grep -E -i 'detected .*stall|lockup|blocked for more|BUG:|Oops|call trace|nobody cared|unexpected') &&
    finish "FAILED: the kernel says: $trouble"
finish_counted
