#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of a Linux guest at whose console much is typed (tests/system/test_linux_paste.py):
#   paste.bytes=N      takes so many as they come, and tells their MD5 checksum
#   paste.bytes=0      prints lines for ever
/bin/busybox mkdir -p /proc
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
bytes=0
for word in $(cat /proc/cmdline); do
    [ "${word%%=*}" != paste.bytes ] || bytes="${word#*=}"
done
if [ "$bytes" = 0 ]; then
    line=0
    while echo "talk: line $line the quick brown fox jumps over the lazy dog"; do
        line=$((line + 1))
    done
fi
stty raw -echo
printf 'sink: ready\r\n'
sum=$(head -c "$bytes" | md5sum)
printf 'sink: %s\r\n' "${sum%% *}"
poweroff -f
