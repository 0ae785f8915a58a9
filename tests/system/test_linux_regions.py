# SPDX-License-Identifier: Apache-2.0
"""What stock Linux makes of regions beyond the recipes: numbered ids, the presentation that it cannot
use, views that it may only read, and the example program's answers when something is not there."""
import initramfs
import transcript
from steps import BORROWER, OWNER, READ_ONLY
from systems import domain, region, system

HOST, GUEST = 0x7000_0000, 0x6000_0000
AS_XEN = 'isthmus,presentation = "xen";'


def tree() -> str:
    def guest(name: str, role: str) -> str:
        regions = [region(7, HOST, GUEST, 0x1000),
                   region("plain", HOST + 0x1_0000, GUEST + 0x1_0000, 0x1_0000, extra=AS_XEN),
                   region("notes", HOST + 0x2_0000, GUEST + 0x2_0000, 0x1000, extra=role)]
        return domain(name, "kernel", memory_mib=256, ramdisk="ramdisk", regions=regions,
                      bootargs="console=ttyAMA0 quiet isthmus.role=shell")

    return system(guest("linux-a", OWNER), guest("linux-b", BORROWER + READ_ONLY))


# guest, what is typed there, what it answers
DIALOGUE = [
    ("a", "shm_messages a cell=7 50", []),
    ("b", "shm_messages b cell=0x7 50", ["shm_messages: 50 messages each way, all whole"]),
    ("a", "shm_messages a 7; echo $?", ['shm_messages: no region "7" in the device tree', "2"]),
    ("a", "shm_messages c plain; echo $?", ["usage: shm_messages a|b ID [MESSAGES [SECONDS]]", "2"]),
    # In /memory and without no-map the region is RAM to the kernel, and STRICT_DEVMEM keeps it.
    ("a", "shm_messages a plain; echo $?", ["shm_messages: /dev/mem: Operation not permitted", "2"]),
    ("a", "devmem 0x60020000 32 0x77", []),
    ("b", "devmem 0x60020000 32", ["0x00000077"]),
    ("b", "devmem 0x60020000 32 0x88; echo $?", ["Bus error", "135"]),
    ("b", "devmem 0x60020000 32", ["0x00000077"]),
    ("b", "shm_messages a notes 1; echo $?", ["shm_messages: notes: the region may only be read", "2"]),
]


def test_regions_from_linux(boot, tmp_path):
    machine = boot(tree(), {"kernel": initramfs.LINUX_6_1.image(),
                            "ramdisk": initramfs.make(tmp_path / "initramfs.cpio")})
    recipe = []
    for side, command, answers in DIALOGUE:
        recipe.append((f"linux-{side}", True, command))
        recipe += [(f"linux-{side}", False, answer) for answer in answers]
        if "shm_messages b" in command:
            recipe.append(("linux-a", False, answers[0]))  # the other side is done, too
    transcript.follow(machine, recipe)
    refused = [line for line in machine.lines() if "may only read region notes" in line]
    assert len(refused) == 1 and all("linux-b vcpu0" in line for line in refused), refused
