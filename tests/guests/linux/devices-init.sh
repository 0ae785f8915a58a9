#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of a Linux guest that has devices of the machine (tests/system/devices.py). The kernel's command
# line says what is to be tried, in this order:
#   devices.modules=N,N    modules to load before
#   devices.disk=1         the first virtio disk holds an ext4 file system with a file "hello": it is
#                          mounted, read, written, mounted again and read again
#   devices.fetch=H:P      the first network card gets an address and fetches /hello from there
#   devices.role=a|b       messages through each of the regions in devices.regions=ID,ID
#   devices.speed=1        reads of the disk and a fetch of /large are timed
# The last line is "devices: ok" or says what failed. Then the guest powers off.
/bin/busybox mkdir -p /proc /sys /dev /disk
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null

value() { # NAME
    for word in $(cat /proc/cmdline); do
        [ "${word%%=*}" != "devices.$1" ] || echo "${word#*=}" | tr , ' '
    done
}

finish() {
    echo "devices: $1"
    sleep 1 # the console's last words
    poweroff -f
    sleep 60
}

# until_there PATH: a driver may take a moment.
until_there() {
    tries=0
    until [ -e "$1" ]; do
        [ $tries -lt 100 ] || return 1
        sleep 0.1
        tries=$((tries + 1))
    done
}

try_disk() {
    until_there /dev/vda || finish "FAILED: no disk"
    mount -t ext4 /dev/vda /disk || finish "FAILED: mount"
    echo "devices: disk says: $(cat /disk/hello)"
    dd if=/dev/urandom of=/disk/noise bs=64k count=16 2>/dev/null || finish "FAILED: write"
    sum=$(md5sum </disk/noise)
    echo "written by $(uname -n)" >/disk/written || finish "FAILED: write"
    umount /disk || finish "FAILED: umount"
    mount -t ext4 -o ro /dev/vda /disk || finish "FAILED: mount again"
    [ "$(md5sum </disk/noise)" = "$sum" ] || finish "FAILED: the disk holds other bytes"
    umount /disk
    echo "devices: disk works"
}

try_network() {
    until_there /sys/class/net/eth0 || finish "FAILED: no network card"
    ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up || finish "FAILED: ifconfig"
    wget -q -O /hello "http://$1/hello" || finish "FAILED: fetch"
    echo "devices: server says: $(cat /hello)"
}

seconds() { # since the start, in hundredths
    cut -d ' ' -f 1 /proc/uptime | tr -d .
}

measure() {
    start=$(seconds)
    dd if=/dev/vda of=/dev/null bs=1M iflag=direct 2>/dev/null || finish "FAILED: dd"
    echo "devices: disk read of $(cat /sys/block/vda/size) sectors in $(($(seconds) - start)) cs"
    start=$(seconds)
    wget -q -O /dev/null "http://$1/large" || finish "FAILED: fetch of large"
    echo "devices: fetch in $(($(seconds) - start)) cs"
}

for module in $(value modules); do
    insmod "/modules/$module.ko" || finish "FAILED: insmod $module"
done
echo "devices: Linux $(uname -r), $(nproc) CPUs"
[ -z "$(value disk)" ] || try_disk
[ -z "$(value fetch)" ] || try_network "$(value fetch)"
for region in $(value regions); do
    shm_messages "$(value role)" "$region" 500 300 || finish "FAILED: messages through $region"
done
[ -z "$(value speed)" ] || measure "$(value fetch)"
grep -E 'virtio' /proc/interrupts
trouble=$(dmesg | grep -E -i 'BUG:|Oops|call trace|nobody cared|unexpected') &&
    finish "FAILED: the kernel says: $trouble"
finish ok
