# SPDX-License-Identifier: Apache-2.0
"""A long text is pasted into a Linux guest's UART while its peer prints without end."""
import hashlib
import random

import initramfs
from isthmus_qemu import ROOT
from systems import domain, system

BYTES = 40_000


def test_no_byte_of_a_paste_is_lost(boot, tmp_path):
    file = tmp_path / "ramdisk"
    init = (ROOT / "tests" / "guests" / "linux" / "paste-init.sh").read_bytes()
    file.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init, {}))

    def guest(name: str, size: int) -> str:
        return domain(name, "kernel", memory_mib=192, ramdisk="ramdisk",
                      bootargs=f"console=ttyAMA0 quiet paste.bytes={size}")

    machine = boot(system(guest("sink", BYTES), guest("talker", 0)),
                   {"kernel": initramfs.LINUX_6_1.image(), "ramdisk": file}, cpus=2)
    machine.wait("sink: ready", timeout=150)
    text = "".join(random.Random(7).choices([chr(c) for c in range(32, 127)] + ["\r"], k=BYTES))
    before = len(machine.guest("talker"))
    machine.paste(text)
    got = machine.wait(r"sink: ([0-9a-f]{32})\b", timeout=240)
    assert got[1] == hashlib.md5(text.encode()).hexdigest()
    assert len(machine.guest("talker")) > before + 20, "nobody printed meanwhile"
