#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /init of a Linux guest that borrows the statistics (tests/system/test_statistics.py): isthmus_top shows them three
# times and writes a trace, whose lines go to the console with "trace: " in front. Ends with "statistics: ok".
/bin/busybox mkdir -p /proc /sys /dev /run
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
if isthmus_top -n 3 -d 0.5 --trace /run/trace.json; then
    sed 's/^/trace: /' /run/trace.json
    echo "statistics: ok"
else
    echo "statistics: FAILED"
fi
sleep 1 # the console's last words
poweroff -f
sleep 60
