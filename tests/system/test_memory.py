# SPDX-License-Identifier: Apache-2.0
"""RAM in every place that a machine may have it, and guests that have much of it."""
import re

import initramfs
from boot_anywhere import AnywhereLaunch
from isthmus_qemu import Isthmus, launch
from systems import cells, domain, system

MIB, GIB = 1 << 20, 1 << 30
POWEROFF = 'xen,xen-bootargs = "on-last-off=poweroff";'


def static(*ranges: tuple[int, int]) -> dict:
    """Properties for domain(): these ranges of the host (address, size) are its RAM."""
    listed = ", ".join(f"<{cells(start)} {cells(size)}>" for start, size in ranges)
    return {"extra": f"xen,static-mem = {listed};",
            "memory_mib": sum(size for _, size in ranges) // MIB}


def test_linux_in_both_banks(boot, tmp_path):
    """4 GiB, the last of them in the second bank; the machine's RAM reaches past 4 GiB, too."""
    tree = system(domain("linux", "kernel", ramdisk="ramdisk", memory_mib=4096,
                         bootargs="console=ttyAMA0 isthmus.role=shell"))
    machine = boot(tree, {"kernel": initramfs.LINUX_6_1.image(),
                          "ramdisk": initramfs.make(tmp_path / "initramfs.cpio")},
                   cpus=1, memory_mib=6144)
    machine.wait_guest("linux", "end with: poweroff -f", timeout=150)
    machine.type("grep MemTotal /proc/meminfo; poweroff -f\r")
    assert machine.wait_end() == 0
    said = "\n".join(machine.guest("linux"))
    assert "[mem 0x0000000040000000-0x00000000ffffffff]" in said
    assert "[mem 0x0000000200000000-0x000000023fffffff]" in said
    assert int(re.search(r"MemTotal: +(\d+) kB", said)[1]) > 3900 * 1024


def test_all_free_ram(boot):
    """What a finding says would fit does fit, and the guest finds all of it clear."""
    def start(kib: int):
        tree = system(domain("guest", "zero").replace("memory = <0x0 0x10000>",
                                                      f"memory = <0x0 {kib:#x}>"))
        return boot(tree, {"zero": "zero"}, cpus=1, memory_mib=192)

    greedy = start(192 * 1024)
    greedy.wait("nothing is started")
    said = dict(greedy.findings())["dom-out-of-memory"]
    fits = int(re.search(r"; (\d+) KiB would fit", said)[1])
    assert fits > 150 * 1024
    machine = start(fits)
    assert machine.wait_end() == 0
    size = fits * 1024
    assert f"zero: RAM 0x40000000-{0x4000_0000 + size:#x} ok" in machine.guest("guest")
    assert machine.guest("guest")[-1] == "zero: done"
    assert "dom-out-of-memory" in dict(start_and_settle(start, fits + 4))


def start_and_settle(start, kib: int):
    machine = start(kib)
    machine.wait("nothing is started")
    return machine.findings()


def test_static_heap(boot):
    """Two ranges are the heap, and give a guest its RAM; the rest of RAM is left alone."""
    heap = f"xen,static-heap = <{cells(0x6000_0000)} {cells(64 * MIB)}>, " \
           f"<{cells(0x7000_0000)} {cells(96 * MIB)}>;"
    tree = system(domain("guest-a", "zero"),
                  domain("guest-b", "hello", **static((0x5000_0000, 32 * MIB))), chosen=heap)
    machine = boot(tree, {"zero": "zero", "hello": "hello"}, cpus=2)
    assert machine.wait_end() == 0
    assert "zero: RAM 0x40000000-0x44000000 ok" in machine.guest("guest-a")
    assert machine.guest("guest-b")[-1] == "hello: ok"
    places = [int(line.split()[3], 16) for line in machine.lines()
              if re.match(r"isthmus\| guest-a +0x4", line)]
    assert places and all(0x6000_0000 <= at < 0x7600_0000 for at in places), places
    total = re.search(r"heap: \d+ of (\d+) pages free", machine.text())
    assert int(total[1]) < (64 + 96 - 64) * MIB // 4096


def test_static_ram_in_pieces_above_4_gib(boot):
    pieces = [(0x1_4000_0000, 16 * MIB), (0x5000_0000, 8 * MIB), (0x1_1000_0000, 40 * MIB)]
    machine = boot(system(domain("guest", "zero", **static(*pieces))), {"zero": "zero"}, cpus=1,
                   memory_mib=6144)
    assert machine.wait_end() == 0
    assert "zero: RAM 0x40000000-0x44000000 ok" in machine.guest("guest")
    for guest, host in ((0x4000_0000, 0x1_4000_0000), (0x4100_0000, 0x5000_0000),
                        (0x4180_0000, 0x1_1000_0000)):
        assert any(f"{guest:#x}-" in line and f" {host:#x} " in line for line in machine.lines())


def test_banks_with_holes(tmp_path):
    """A machine of four banks, some of them reserved; one guest has RAM from several."""
    root = """
        /delete-node/ memory@40000000;
        memory@140000000 { device_type = "memory"; reg = <0x1 0x40000000 0x0 0x2000000>; };
        memory@40000000 { device_type = "memory";
                          reg = <0x0 0x40000000 0x0 0xa000000>, <0x0 0x60000000 0x0 0xc001800>; };
        memory@100000000 { device_type = "memory"; reg = <0x1 0x0 0x0 0x2000000>; };
        reserved-memory {
            #address-cells = <2>; #size-cells = <2>; ranges;
            firmware@64000000 { reg = <0x0 0x64000000 0x0 0x100000>; no-map; };
            inside@64080000 { reg = <0x0 0x64080000 0x0 0x1000>; };
            pool { size = <0x0 0x1000000>; reusable; linux,cma-default; };
            cma@6a000000 { compatible = "shared-dma-pool"; reg = <0x0 0x6a000000 0x0 0x800000>;
                           reusable; };
        };"""
    tree = system(domain("guest-a", "zero", memory_mib=208), domain("guest-b", "hello"),
                  chosen=POWEROFF, root=root)
    boot = AnywhereLaunch(launch.Machine(cpus=2, memory_mib=5120), tree,
                          {"zero": launch.guest("zero"), "hello": launch.guest("hello")})
    boot.address = 0x4040_0000
    machine = Isthmus(boot, tmp_path)
    try:
        assert machine.wait_end() == 0
        assert "zero: RAM 0x40000000-0x4d000000 ok" in machine.guest("guest-a")
        assert machine.guest("guest-b")[-1] == "hello: ok"
        assert "host-reserved-dynamic" in dict(machine.findings())
        pieces = [line for line in machine.lines() if re.match(r"isthmus\| guest-a +0x4", line)]
        assert len(pieces) > 2, pieces
    finally:
        machine.close()
