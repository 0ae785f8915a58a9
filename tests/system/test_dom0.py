# SPDX-License-Identifier: Apache-2.0
"""Debian's kernel as Dom0: the machine's devices are its, and guests beside it share memory with it."""
import pytest

import devices
from systems import domain, region, system

ARGUMENTS = "dom0_mem=256M"


@pytest.fixture
def image(tmp_path):
    return devices.disk(tmp_path / "disk.img")


@pytest.fixture
def server(tmp_path):
    with devices.server(tmp_path / "offered") as address:
        yield address


def routed(lines: list[str]) -> list[str]:
    return [line for line in lines if "virtio" in line and ("Level" in line or "Edge" in line)]


@pytest.mark.parametrize("gic, vcpus, bus", [(3, 1, "pci"), (3, 2, "mmio"), (2, 2, "pci"), (2, 2, "mmio")])
def test_disk_network_and_poweroff(boot, tmp_path, image, server, gic, vcpus, bus):
    """Its end is the machine's: QEMU ends by itself. With PCI its interrupts are lines (INTx)."""
    bootargs = devices.words(disk=1, fetch=server)
    machine = boot(system(devices.dom0(bootargs), chosen=devices.CELLS), devices.modules(tmp_path),
                   cpus=vcpus, gic=gic, args=ARGUMENTS, extra=devices.qemu(bus, image))
    assert machine.wait_end(timeout=150) == 0
    said = machine.guest("Dom0")
    assert "devices: ok" in said, said[-5:]
    assert f"devices: Linux {devices.LINUX.version()}, {vcpus} CPUs" in said
    assert f"devices: disk says: {devices.HELLO}" in said
    assert f"devices: server says: {devices.OFFERED}" in said
    assert len(routed(said)) == 2, said
    assert "isthmus| Dom0 powered off: switching the machine off" in machine.lines()
    assert devices.file_on(image, "written").startswith("written by")


def test_regions_with_dom0(boot, tmp_path, image):
    """One that Dom0 owns, one that it borrows of a guest, one of dom_io: messages both ways through each."""
    places = {"mine": 0x7000_0000, "theirs": 0x7001_0000, "ours": 0x7002_0000}
    owners = {"mine": "Dom0", "theirs": "guest"}

    def regions(user: str, guest_base: int | None) -> tuple[str, ...]:
        return tuple(region(name, host, host if guest_base is None else host - 0x7000_0000 + guest_base,
                            0x1_0000, extra='role = "owner";' if owners.get(name) == user else "")
                     for name, host in places.items())

    def bootargs(role: str, **more: object) -> str:
        return devices.words(role=role, regions=",".join(places), **more)

    tree = system(
        devices.dom0(bootargs("a", disk=1), regions("Dom0", None)),
        domain("guest", "kernel", ramdisk="ramdisk", memory_mib=192, bootargs=bootargs("b", drivers=False),
               regions=regions("guest", 0x6000_0000)),
        chosen=devices.CELLS)
    machine = boot(tree, devices.modules(tmp_path), cpus=2, args=ARGUMENTS,
                   extra=devices.qemu("pci", image))
    assert machine.wait_end(timeout=150) == 0
    for name in ("Dom0", "guest"):
        said = machine.guest(name)
        assert sum("500 messages each way, all whole" in line for line in said) == 3, said[-6:]
    owned = {line.split()[2].rstrip(":"): line for line in machine.lines()
             if line.startswith("isthmus|   region ")}
    assert "owner Dom0, borrowers guest" in owned["mine"]
    assert "owner guest, borrowers Dom0" in owned["theirs"]
    assert "owner dom_io, borrowers Dom0 guest" in owned["ours"]


def test_a_reset_by_dom0_is_the_machines(boot, tmp_path):
    """QEMU was told to end where it would start again; a guest that still runs does not keep it."""
    tree = system(devices.dom0("console=ttyAMA0 quiet panic=1 init=/nothing rdinit=/nothing"),
                  domain("busy", "busy"), chosen=devices.CELLS)
    machine = boot(tree, devices.modules(tmp_path) | {"busy": "busy"}, cpus=2, args=ARGUMENTS)
    assert machine.wait_end(timeout=120) == 0
    assert "isthmus| Dom0 asked for a reset: resetting the machine" in machine.lines()


def test_console_none_leaves_dom0_the_uart(boot, tmp_path):
    """Isthmus says nothing; what is seen is Dom0's own driver writing to the PL011."""
    machine = boot(system(devices.dom0(devices.words(drivers=False)), chosen=devices.CELLS),
                   devices.modules(tmp_path), cpus=1, args=f"{ARGUMENTS} console=none")
    assert machine.wait_end(timeout=120) == 0
    lines = machine.lines()
    assert "devices: ok" in lines
    assert not any(line.startswith("isthmus|") for line in lines)
