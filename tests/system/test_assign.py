# SPDX-License-Identifier: Apache-2.0
"""Guests with devices of the machine that partial trees assign to them."""
import pytest

import assigned
import devices
from systems import cells, domain, region, system

MIB = 1 << 20
RAM, RAM_SIZE = 0x6000_0000, 256 * MIB
REGION = region("done", 0x7100_0000, 0x7100_0000, 0x1_0000)
DIRECT = f"direct-map; xen,static-mem = <{cells(RAM)} {cells(RAM_SIZE)}>;"


def linux(**bootargs: object) -> str:
    """A direct-mapped guest: its devices do DMA without an IOMMU."""
    return domain("guest", "kernel", ramdisk="ramdisk", memory_mib=RAM_SIZE // MIB, bootargs=devices.words(**bootargs),
                  regions=[REGION] if "role" in bootargs else [],
                  extra=DIRECT + assigned.tree_module("partial"))


@pytest.fixture
def modules(tmp_path):
    """The last two transports: a disk and a network card."""
    tree = assigned.partial_tree(tmp_path / "partial.dtb", assigned.transport(31), assigned.transport(30))
    return devices.modules(tmp_path) | {"partial": tree}


@pytest.fixture
def image(tmp_path):
    return devices.disk(tmp_path / "guest.img")


@pytest.fixture
def server(tmp_path):
    with devices.server(tmp_path / "offered") as address:
        yield address


def check_guest(said: list[str]) -> None:
    assert "devices: disk works" in said and f"devices: disk says: {devices.HELLO}" in said, said[-5:]
    assert f"devices: server says: {devices.OFFERED}" in said, said[-5:]


@pytest.mark.parametrize("gic", [3, 2])
def test_disk_and_network(boot, tmp_path, modules, image, server, gic):
    machine = boot(system(linux(disk=1, fetch=server)), modules, cpus=1, gic=gic,
                   extra=devices.qemu("mmio", image))
    assert machine.wait_end(timeout=150) == 0
    said = machine.guest("guest")
    check_guest(said)
    assert "devices: ok" in said
    routed = [line for line in said if "virtio" in line and "Edge" in line]
    assert len(routed) == 2 and any(" 79 " in line for line in routed), said
    assert devices.file_on(image, "written").startswith("written by")
    assert [rule for rule, _ in machine.findings()] == ["dev-goes-along"]


def test_beside_dom0(boot, tmp_path, modules, image, server):
    """Dom0 has a disk of its own, and what else there is; of the guest's page it sees nothing. The last thing that
    the two do is to pass messages, so Dom0's end, which is the machine's, is not too early."""
    own = devices.disk(tmp_path / "dom0.img")
    end = {"role": "a", "regions": "done"}
    dom0 = devices.dom0(devices.words(disk=1, role="b", regions="done"), (REGION,))
    machine = boot(system(dom0, linux(disk=1, fetch=server, **end), chosen=devices.CELLS), modules, cpus=2,
                   args="dom0_mem=256M", extra=devices.qemu("mmio", image) + devices.qemu("pci", own, 1))
    assert machine.wait_end(timeout=180) == 0
    check_guest(machine.guest("guest"))
    said = machine.guest("Dom0")
    assert "devices: ok" in said and "devices: disk works" in said, said[-5:]
    assert not any("Edge" in line and "virtio" in line for line in said), said
    for disk in (image, own):
        assert devices.file_on(disk, "written").startswith("written by")


@pytest.mark.parametrize("gic", [3, 2])
@pytest.mark.parametrize("extra", ["", DIRECT], ids=["ordinary", "direct"])
def test_a_level_interrupt(boot, tmp_path, gic, extra):
    """The clock's guest leaves its interrupt unended for a while; a peer and its own timer run on meanwhile. It
    enables every other line, too, and what is typed at the console is not for it."""
    tree = assigned.partial_tree(tmp_path / "partial.dtb", assigned.rtc())
    size = RAM_SIZE // MIB if extra else 64
    machine = boot(system(domain("guest", "clock", memory_mib=size, extra=extra + assigned.tree_module("partial")),
                          domain("peer", "busy", bootargs="do=timer at=4")),
                   {"clock": "clock", "busy": "busy", "partial": tree}, cpus=2, gic=gic)
    machine.wait("clock: interrupt 34")
    machine.type("x")
    assert machine.wait_end() == 0
    said = machine.guest("guest")
    assert said[-1] == "clock: ok", said
    assert any("busy: timer done" in line for line in machine.guest("peer"))
