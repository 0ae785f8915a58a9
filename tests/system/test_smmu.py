# SPDX-License-Identifier: Apache-2.0
"""SMMUv3: where it cannot translate at stage 2 that is said, and only force gives its devices away; where it can,
a device reaches what its domain reaches."""
import re
import subprocess

import pytest

import assigned
import devices
from isthmus_qemu import launch
from systems import cells, dom0, domain, system

ARGUMENTS = "dom0_mem=256M"


def qemu_version() -> int:
    said = subprocess.run([launch.QEMU, "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.search(r"version (\d+)", said)[1])


has_stage2 = qemu_version() >= 9  # arm-smmuv3.stage came with 8.1, both stages in one device with 9.2
SMMU = ("-machine", "iommu=smmuv3")


@pytest.fixture
def image(tmp_path):
    return devices.disk(tmp_path / "disk.img")


@pytest.fixture
def start(boot, tmp_path, image):
    """Dom0 with a disk behind the SMMU: QEMU puts PCI alone there."""

    def go(*more: str):
        tree = system(devices.dom0(devices.words(disk=1)), chosen=devices.CELLS)
        return boot(tree, devices.modules(tmp_path), cpus=1, cpu="cortex-a57", args=ARGUMENTS,
                    extra=(*SMMU, *more, *devices.qemu("pci", image, translated=True)))

    return go


@pytest.mark.skipif(has_stage2, reason="this QEMU's SMMU has a second stage")
def test_one_without_a_second_stage_is_named(start):
    """Dom0 may reach all memory anyhow, so it gets the devices; that nobody holds them back is a warning."""
    machine = start()
    assert machine.wait_end(timeout=150) == 0
    assert [rule for rule, _ in machine.findings()] == ["dev-dma"]
    warning = next(line for line in machine.lines() if "dev-dma" in line)
    assert "has no second stage of translation: its devices may reach all of memory" in warning
    assert "devices: disk works" in machine.guest("Dom0")


@pytest.mark.skipif(has_stage2, reason="this QEMU's SMMU has a second stage")
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


needs_stage2 = pytest.mark.skipif(not has_stage2, reason="this QEMU's SMMU has no second stage of translation")
STAGE2 = ("-global", "arm-smmuv3.stage=2")


@needs_stage2
def test_dom0_works_behind_it(start):
    machine = start(*STAGE2)
    assert machine.wait_end(timeout=150) == 0
    assert not machine.findings()
    assert "devices: disk works" in machine.guest("Dom0")
    assert not any("stream 0x" in line for line in machine.lines()), "nothing was aborted"
    assert any(re.search(r"audit: ok, .* shared, 65536 streams, in", line) for line in machine.lines()), \
        "all that PCI may use"


@needs_stage2
def test_a_stream_that_is_anothers_stops_the_machine(boot):
    """A fault on purpose, as in test_audit.py: one device of Dom0's sees the guest's memory."""
    tree = system(dom0("hello", bootargs="of Dom0"), domain("guest", "hello"))
    machine = boot(tree, {"hello": "hello"}, cpus=2, cpu="cortex-a57",
                   kernel=launch.ROOT / "build" / "arm64-inject" / "isthmus", extra=(*SMMU, *STAGE2),
                   args=f"{ARGUMENTS} inject=stream-entry")
    machine.wait("nothing is started: what was built is not what was planned")
    machine.settle()
    told = [line for line in machine.lines() if "audit: " in line]
    assert len(told) == 2 and "1 differences" in told[1], told
    assert re.search(r"audit: stream 0x0 of /smmuv3@\w+: planned for Dom0 with word 2 of its entry 0x\w+, found 0x",
                     told[0]), told
    assert not machine.guest("Dom0") and not machine.guest("guest")
