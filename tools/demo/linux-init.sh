#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of the Linux guests, in busybox's shell. The kernel's command line says what to do:
#   isthmus.role=a      write a message into the region, print the answer
#   isthmus.role=b      print the message, answer
#   isthmus.role=dom0   as a, then read and write a file on the first disk
#   isthmus.role=shell  a shell on the console
#   isthmus.region=ID   which region
#   isthmus.notes=ID    a region that A owns and B may only read: B tries to write it all the same
# Half of the region belongs to each side: A writes at 0, B at 0x1000. There a word holds the number
# of words of the message (0: none yet), then follows the text. Nothing but devmem is needed.
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null

role=shell
region=demo
notes=
for word in $(cat /proc/cmdline); do
    case "$word" in
        isthmus.role=*) role="${word#*=}" ;;
        isthmus.region=*) region="${word#*=}" ;;
        isthmus.notes=*) notes="${word#*=}" ;;
    esac
done

# Where the region lies, from the device tree: the first 8 bytes of its node's reg.
find_region() {
    for node in /proc/device-tree/reserved-memory/xen-shmem@*; do
        [ -e "$node/xen,id" ] || continue
        if [ "$(tr -d '\000' <"$node/xen,id")" = "$1" ]; then
            echo "0x$(hexdump -v -n 8 -e '1/1 "%02x"' "$node/reg")"
        fi
    done
}

# put ADDRESS TEXT: the text first, padded to whole words, then the number of words.
put() {
    at=$(($1 + 4))
    words=0
    for word in $(printf '%-64s' "$2" | hexdump -v -e '1/4 "0x%08x "'); do
        devmem "$(printf '0x%x' $at)" 32 "$word"
        at=$((at + 4))
        words=$((words + 1))
    done
    devmem "$1" 32 $words
}

# get ADDRESS: waits for a message and prints it; fails after some 30 seconds.
get() {
    tries=0
    until words=$(($(devmem "$1" 32))) && [ $words -ne 0 ]; do
        tries=$((tries + 1))
        [ $tries -lt 250 ] || return 1
        usleep 100000
    done
    [ $words -le 64 ] || return 1
    text=
    at=$(($1 + 4))
    while [ $words -gt 0 ]; do
        word=$(($(devmem "$(printf '0x%x' $at)" 32)))
        for shift in 0 8 16 24; do
            text="$text\\$(printf '%03o' $(((word >> shift) & 255)))"
        done
        at=$((at + 4))
        words=$((words - 1))
    done
    printf "$text" | sed 's/ *$//'
}

# B's part with the notes. The store ends the process that tries it, and nothing else.
read_notes() {
    note="$(devmem "$1" 32)"
    echo "demo: B reads A's note: $note"
    [ "$note" = "$the_note" ] || finish "FAILED: not the note that A wrote"
    status=0
    (devmem "$1" 32 0xbadbadba) || status=$?
    [ $status -ne 0 ] || finish "FAILED: B could write A's note"
    echo "demo: B tries to write it, and is refused: devmem ended with status $status"
    [ "$(devmem "$1" 32)" = "$the_note" ] || finish "FAILED: B changed A's note"
}

# Dom0's part with the disk: QEMU's, on the PCI bus.
use_disk() {
    for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
        insmod "/modules/$module.ko" || finish "FAILED: no module $module"
    done
    tries=0
    until [ -b /dev/vda ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || finish "FAILED: no disk"
        usleep 100000
    done
    mkdir -p /disk
    mount -t ext4 /dev/vda /disk || finish "FAILED: the disk cannot be mounted"
    echo "demo: the disk says: $(cat /disk/greeting)"
    [ "$(cat /disk/greeting)" = "$greeting" ] || finish "FAILED: not what was written on it"
    echo "$1" >/disk/heard
    umount /disk && mount -t ext4 -o ro /dev/vda /disk || finish "FAILED: the disk cannot be mounted again"
    [ "$(cat /disk/heard)" = "$1" ] || finish "FAILED: the disk has not kept what was written"
    umount /disk
    echo "demo: $(grep -c . /proc/interrupts) lines of /proc/interrupts, among them: $(grep -m 1 virtio /proc/interrupts)"
}

finish() {
    echo "demo: $1"
    sleep 1 # the console's last words
    poweroff -f
    sleep 60
}

base=$(find_region "$region")
echo "demo: Linux $(uname -r), role $role, region \"$region\" at ${base:-nowhere}"
if [ "$role" = shell ]; then
    echo "demo: try: devmem ${base:-ADDRESS} 32 [VALUE]; end with: poweroff -f"
    exec setsid -c sh </dev/ttyAMA0 >/dev/ttyAMA0 2>&1
fi
[ -n "$base" ] || finish "FAILED: no region \"$region\" in the device tree"

notes_at="$(find_region "$notes")"
[ -z "$notes" ] || [ -n "$notes_at" ] || finish "FAILED: no region \"$notes\" in the device tree"

at_a="$base"
at_b="$(printf '0x%x' $((base + 0x1000)))"
question="Hello B, this is A. Can you read this?"
answer="Hello A, B reads you loud and clear."
greeting="This is the disk of Dom0."
the_note=0x0DDC0FFE
case "$role" in
    a | dom0)
        [ -z "$notes_at" ] || devmem "$notes_at" 32 $the_note
        echo "demo: A writes: $question"
        put "$at_a" "$question"
        heard="$(get "$at_b")" || finish "FAILED: no answer"
        echo "demo: A reads: $heard"
        [ "$heard" = "$answer" ] || finish "FAILED: not the answer that B gives"
        [ "$role" = a ] || use_disk "$heard"
        ;;
    b)
        heard="$(get "$at_a")" || finish "FAILED: no message"
        echo "demo: B reads: $heard"
        [ "$heard" = "$question" ] || finish "FAILED: not the message that A sends"
        [ -z "$notes_at" ] || read_notes "$notes_at"
        echo "demo: B writes: $answer"
        put "$at_b" "$answer"
        ;;
    *) finish "FAILED: unknown role $role" ;;
esac
finish "ok"
