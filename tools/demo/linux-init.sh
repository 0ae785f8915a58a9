#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of the Linux guests, in busybox's shell. The kernel's command line says what to do:
#   isthmus.role=a      write a message into the region, print the answer
#   isthmus.role=b      print the message, answer
#   isthmus.role=dom0   as a, then read and write a file on the first disk
#   isthmus.role=shell  a shell on the console
#   isthmus.region=ID   which region
#   isthmus.notes=ID    a region that A owns and B may only read: B tries to write it all the same
# Messages go by shm_talk (tests/guests/linux/shm_talk.c): where the region has doorbells A rings, B wakes
# and answers, and nobody polls.
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

# talk SIDE TEXT: one question and one answer; prints what the other side said.
talk() {
    shm_talk "$1" "$region" "$2" || finish "FAILED: the other side has not been heard" >&2
}

question="Hello B, this is A. Can you read this?"
answer="Hello A, B reads you loud and clear."
asks_note="Have you read my note?"
has_read="Yes, and I cannot change it."
greeting="This is the disk of Dom0."
the_note=0x0DDC0FFE
case "$role" in
    a | dom0)
        [ -z "$notes_at" ] || devmem "$notes_at" 32 $the_note
        echo "demo: A writes: $question"
        heard="$(talk a "$question")"
        echo "demo: A reads: $heard"
        [ "$heard" = "$answer" ] || finish "FAILED: not the answer that B gives"
        [ -z "$notes_at" ] || [ "$(talk a "$asks_note")" = "$has_read" ] || finish "FAILED: B has not read the note"
        [ "$role" = a ] || use_disk "$heard"
        ;;
    b)
        heard="$(talk b "$answer")"
        echo "demo: B reads: $heard"
        [ "$heard" = "$question" ] || finish "FAILED: not the message that A sends"
        echo "demo: B has written: $answer"
        [ -z "$notes_at" ] || read_notes "$notes_at"
        [ -z "$notes_at" ] || [ "$(talk b "$has_read")" = "$asks_note" ] || finish "FAILED: A does not ask for its note"
        ;;
    *) finish "FAILED: unknown role $role" ;;
esac
finish "ok"
