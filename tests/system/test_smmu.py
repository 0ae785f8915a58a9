# SPDX-License-Identifier: Apache-2.0
"""SMMUv3: where it cannot translate at stage 2 that is said, and only force gives its devices away; where it can,
a device reaches what its domain reaches."""
import re

import pytest

import assigned
import devices
from isthmus_qemu import NEWER_QEMU, ROOT, launch, qemu_version
from systems import cells, dom0, domain, region, system

ARGUMENTS = "dom0_mem=256M"

# arm-smmuv3.stage came with 8.1, both stages in one device with 9.2.
STAGE2 = NEWER_QEMU
without_stage2 = pytest.mark.skipif(qemu_version(launch.QEMU) >= 9, reason="this QEMU's SMMU has a second stage")
with_stage2 = pytest.mark.skipif(not STAGE2, reason="no QEMU's SMMU has a second stage of translation here")
SMMU = ("-machine", "iommu=smmuv3")
SMMU_STAGE2 = (*SMMU, "-global", "arm-smmuv3.stage=2")


@pytest.fixture
def image(tmp_path):
    return devices.disk(tmp_path / "disk.img")


@pytest.fixture
def start(boot, tmp_path, image):
    """Dom0 with a disk behind the SMMU: QEMU puts PCI alone there."""

    def go(smmu=SMMU, **more):
        tree = system(devices.dom0(devices.words(disk=1)), chosen=devices.CELLS)
        return boot(tree, devices.modules(tmp_path), cpus=1, cpu="cortex-a57", args=ARGUMENTS,
                    extra=(*smmu, *devices.qemu("smmu", image)), **more)

    return go


@without_stage2
def test_one_without_a_second_stage_is_named(start):
    """Dom0 may reach all memory anyhow, so it gets the devices; that nobody holds them back is a warning."""
    machine = start()
    assert machine.wait_end(timeout=150) == 0
    assert [rule for rule, _ in machine.findings()] == ["dev-dma"]
    warning = next(line for line in machine.lines() if "dev-dma" in line)
    assert "has no second stage of translation: its devices may reach all of memory" in warning
    assert "devices: disk works" in machine.guest("Dom0")


@without_stage2
def test_a_device_that_it_does_not_hold_back_is_not_assigned(boot, tmp_path):
    """The host bridge's configuration space, without being forced: an error, and no guest starts."""
    ecam, size = 0x40_1000_0000, 0x1000_0000
    node = f"""pcie@10000000 {{ xen,path = "/pcie@10000000";
        xen,reg = <{cells(ecam)} {cells(size)} {cells(ecam)}>; }};"""
    tree = system(domain("guest", extra=assigned.tree_module("partial")))
    partial = assigned.partial_tree(tmp_path / "partial.dtb", node)
    machine = boot(tree, {"kernel": "hello", "partial": partial}, cpus=1, cpu="cortex-a57", extra=SMMU)
    machine.wait("nothing is started")
    machine.settle()
    assert [rule for rule, _ in machine.findings()] == ["dev-smmu"]
    assert not machine.guest("guest")


@with_stage2
def test_dom0_works_behind_it(start):
    machine = start(SMMU_STAGE2, qemu=STAGE2)
    assert machine.wait_end(timeout=150) == 0
    assert not machine.findings()
    assert "devices: disk works" in machine.guest("Dom0")
    assert not any("stream 0x" in line for line in machine.lines()), "nothing was aborted"
    assert any(re.search(r"audit: ok, .* shared, 65536 streams, in", line) for line in machine.lines()), \
        "all that PCI may use"


@with_stage2
def test_a_stream_that_is_anothers_stops_the_machine(boot):
    """A fault on purpose, as in test_audit.py: one device of Dom0's sees the guest's memory."""
    tree = system(dom0("hello", bootargs="of Dom0"), domain("guest", "hello"))
    machine = boot(tree, {"hello": "hello"}, cpus=2, cpu="cortex-a57", qemu=STAGE2, extra=SMMU_STAGE2,
                   kernel=ROOT / "build" / "arm64" / "isthmus-inject", args=f"{ARGUMENTS} inject=stream-entry")
    machine.wait("nothing is started: what was built is not what was planned")
    machine.settle()
    told = [line for line in machine.lines() if "audit: " in line]
    assert len(told) == 2 and "1 differences" in told[1], told
    assert re.search(r"audit: stream 0x0 of /smmuv3@\w+: planned for Dom0 with word 2 of its entry 0x\w+, found 0x",
                     told[0]), told
    assert not machine.guest("Dom0") and not machine.guest("guest")


ECAM, BUS = 0x40_1000_0000, 0x10_0000  # configuration space: of bus 0
WINDOW = 0x1000_0000  # of the bus's memory
SEEN, LAST = 0x7000_0000, 0x7001_0000
GUEST_CONFIG = 0x1800_0000
PIN_LINES = 3  # SPI of pin A in slot 0; each next pin or slot has the next of four


def pci_bridge(window_size: int, more: str = "") -> str:
    """The machine's, with bus 0 and the beginning of its memory window."""
    return f"""pcie@{GUEST_CONFIG:x} {{
        compatible = "pci-host-ecam-generic";
        reg = <{cells(GUEST_CONFIG)} {cells(BUS)} {cells(WINDOW)} {cells(window_size)}>;
        xen,path = "/pcie@10000000";
        xen,reg = <{cells(ECAM)} {cells(BUS)} {cells(GUEST_CONFIG)}
                   {cells(WINDOW)} {cells(window_size)} {cells(WINDOW)}>;
        {more}
    }};"""


@with_stage2
def test_linux_has_a_bus_of_its_own(boot, tmp_path, image):
    """Debian's kernel, at addresses that are not the machine's, with a disk and a network card on the PCI bus: they
    do DMA by guest addresses. No force is needed."""
    size = 16 << 20
    pins = [f"{slot << 11:#x} 0 0 {pin} &gic 0 {PIN_LINES + (slot + pin - 1) % 4} 4" for slot in range(4)
            for pin in range(1, 5)]
    bridge = pci_bridge(size, f"""
        device_type = "pci";
        bus-range = <0 0>;
        dma-coherent;
        #address-cells = <3>;
        #size-cells = <2>;
        #interrupt-cells = <1>;
        ranges = <0x2000000 {cells(WINDOW)} {cells(WINDOW)} {cells(size)}>;
        interrupt-map-mask = <0x1800 0 0 7>;
        interrupt-map = <{" ".join(pins)}>;""")
    partial = assigned.partial_tree(tmp_path / "partial.dtb", bridge)
    with devices.server(tmp_path / "offered") as server:
        tree = system(domain("guest", "kernel", ramdisk="ramdisk", memory_mib=256,
                             bootargs=devices.words(disk=1, fetch=server), extra=assigned.tree_module("partial")))
        machine = boot(tree, devices.modules(tmp_path) | {"partial": partial}, cpus=1, cpu="cortex-a57", qemu=STAGE2,
                       extra=(*SMMU_STAGE2, *devices.qemu("smmu", image)))
        assert machine.wait_end(timeout=150) == 0
    assert not machine.findings()
    said = machine.guest("guest")
    assert "devices: disk works" in said and f"devices: server says: {devices.OFFERED}" in said, said[-5:]
    assert devices.file_on(image, "written").startswith("written by")
    assert not any("stream 0x" in line for line in machine.lines()), "nothing was aborted"


def guest_with_a_device(boot, folder, lives=1) -> tuple[list[str], list[str], list[str]]:
    """QEMU's "edu", a device that copies, is on the PCI bus that the guest has, which resets itself before each of its
    lives but the first. What the guest, its peer and the console said."""
    partial = assigned.partial_tree(folder / "partial.dtb", pci_bridge(BUS))
    last = region("last", LAST, 0x5001_0000, 0x1000)

    def seen(more=""):
        return region("seen", SEEN, 0x5000_0000, 0x1000, extra=more)

    tree = system(
        domain("guest", "dma", bootargs=f"role=device foreign={SEEN:#x} lives={lives}", extra=assigned.tree_module("partial"),
               regions=[seen('isthmus,access = "ro";'), last]),
        domain("peer", "dma", bootargs="role=peer", regions=[seen(), last]))
    machine = boot(tree, {"dma": "dma", "partial": partial}, cpus=2, cpu="cortex-a57", qemu=STAGE2,
                   extra=(*SMMU_STAGE2, "-device", "edu,dma_mask=0xffffffffff"))
    assert machine.wait_end() == 0
    assert not machine.findings()
    return machine.guest("guest"), machine.guest("peer"), machine.lines()


@with_stage2
def test_a_device_reaches_what_its_guest_reaches(boot, tmp_path):
    """By guest addresses, with the rights of the guest's views; and nothing once the guest is over. The device takes
    100 ms to write, and a machine that is busy may stand still for that long before the guest's end: so of three
    tries one must show it. Were the device not taken away, none could."""
    for _ in range(3):
        guest, peer, lines = guest_with_a_device(boot, tmp_path)
        assert guest[-1] == "dma: a machine's address is not read: ok", guest
        assert not any("FAILED" in line for line in guest), guest
        assert "dma: what is read-only there is untouched: ok" in peer, peer
        faults = [line for line in lines if "stream 0x8" in line]
        assert any(f"writes to {0x5000_0000:#x}: F_PERMISSION" in line for line in faults), faults
        assert any(f"writes to {SEEN:#x}: F_TRANSLATION" in line for line in faults), faults
        assert any(f"reads from {SEEN:#x}: F_TRANSLATION" in line for line in faults), faults
        assert len(faults) < 70, "a burst of a thousand is 32 lines in its second, and in the next"
        assert any("SMMU_GERROR 0x4" in line for line in lines), "EVENTQ_ABT_ERR, by which QEMU says that it was full"
        assert any(re.search(r"smmuv3@9050000: \d+ more faults, not shown", line) for line in lines), lines
        if peer[-1] == "dma: ok":
            return
    raise AssertionError(peer)


@with_stage2
def test_a_device_comes_back_with_its_guest(boot, tmp_path):
    """After a restart it reaches what it did before, and no more: its streams were cut off and are connected again."""
    guest, peer, lines = guest_with_a_device(boot, tmp_path, lives=3)
    assert not any("FAILED" in line for line in guest), guest
    for said in ("its own memory is copied", "what is read-only is read", "a machine's address is not read"):
        assert guest.count(f"dma: {said}: ok") == 3, guest
    assert "dma: what is read-only there is untouched: ok" in peer, peer
    for start in (2, 3):
        assert any(line.endswith("references as planned") and f"guest is back: start {start}," in line for line in lines), lines
