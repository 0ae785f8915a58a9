# SPDX-License-Identifier: Apache-2.0
"""UEFI starts Isthmus from a disk: with firmware's tree, with one of its own, with what isthmus.cfg says, and with
everything that can be missing."""
import re
import subprocess

import pytest

import efi
import host_says
import initramfs
from isthmus_qemu import Isthmus, launch
from steps import GUEST, HOST, SIZE, stepper
from systems import domain, region, system

POWEROFF = 'xen,xen-bootargs = "on-last-off=poweroff";'
SHARED = [region("demo", HOST, GUEST, SIZE)]
PAIR = system(domain("guest-a", "pair", bootargs="role=a id=demo", regions=SHARED),
              domain("guest-b", "pair", bootargs="role=b id=demo", regions=SHARED), chosen=POWEROFF)
PROMPT = "UEFI Interactive Shell|Shell>|BdsDxe: failed to start"  # firmware goes on


@pytest.fixture
def boot_efi(tmp_path):
    running = []

    def start(tree: str, modules: dict, *, machine=None, **disk) -> Isthmus:
        launched = efi.EfiLaunch(machine or launch.Machine(), tree, modules, **disk)
        running.append(Isthmus(launched, tmp_path))
        running[-1].launched = launched
        return running[-1]

    yield start
    for isthmus in running:
        isthmus.close()
        print(isthmus.text().replace("\r", "")[-6000:])


def loader_lines(machine: Isthmus) -> list[str]:
    return [line.strip() for line in machine.text().split("\n") if line.startswith("Isthmus: ")]


def kept(machine: Isthmus) -> list[tuple[int, int]]:
    found = [re.search(r"firmware keeps 0x([0-9a-f]+)-0x([0-9a-f]+)", line) for line in loader_lines(machine)]
    return [(int(one[1], 16), int(one[2], 16)) for one in found if one]


def assert_pair(machine: Isthmus) -> None:
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "pair: ok" == machine.guest("guest-b")[-1]
    assert not machine.findings()


def assert_host_agrees(machine: Isthmus, tmp_path) -> None:
    """The tree that the loader has saved is the one that booted: the host program makes the same plan."""
    tree = machine.launched.read_back(tmp_path, "booted.dtb")
    said = host_says.Said(machine.lines())
    modules = [(int(at, 16), machine.launched.modules[name]) for name, at in
               re.findall(r": (\w+)\.bin at 0x([0-9a-f]+)-", "\n".join(loader_lines(machine)))]
    assert said.digest and len(modules) >= 2
    wrong = list(host_says.differences(said, tree, host_says.options(said, modules)))
    assert not wrong, wrong


@pytest.mark.parametrize("gic, cpu", [(3, "max"), (2, "cortex-a57")])
def test_firmwares_tree_names_the_files(boot_efi, tmp_path, gic, cpu):
    machine = boot_efi(efi.by_name(PAIR), {"pair": launch.guest("pair")}, machine=launch.Machine(gic=gic, cpu=cpu),
                       files={"isthmus.cfg": "save = booted.dtb\n"})
    assert_pair(machine)
    assert loader_lines(machine)[0] == "Isthmus: boot tree: firmware's tree"
    assert_host_agrees(machine, tmp_path)
    # No guest has RAM that firmware keeps.
    assert kept(machine)
    for guest_start, size in re.findall(r"guest-\S+ +0x40000000-0x44000000 +0x([0-9a-f]+) +(\d+) MiB +RAM", machine.text()):
        start, end = int(guest_start, 16), int(guest_start, 16) + int(size) * launch.MIB
        assert all(end <= at or to <= start for at, to in kept(machine))


def test_linux_and_bare_metal_from_files(boot_efi, tmp_path):
    """A tree beside the image, in which isthmus.cfg names the modules, in another folder."""
    tree = system(
        domain("linux-a", "kernel", memory_mib=256, ramdisk="ramdisk", regions=SHARED,
               bootargs="console=ttyAMA0 quiet isthmus.role=shell"),
        stepper("guest-b", SHARED, "set:demo+0x10:0x4546492d", "await:demo+0x20:0x55"), chosen=POWEROFF)
    config = """# who gets what
module = /chosen/linux-a/module@0 /guests/kernel.bin
module = /chosen/linux-a/module@1 /guests/ramdisk.bin
module = /chosen/guest-b/module@0 /guests/steps.bin
"""
    machine = boot_efi(efi.without(tree), {"kernel": initramfs.LINUX_6_1.image(), "steps": launch.guest("steps"),
                                           "ramdisk": initramfs.make(tmp_path / "initramfs.cpio")},
                       tree_from="isthmus.dtb", files={"isthmus.cfg": config}, modules_in="guests")
    machine.wait(r"linux-a\| / # ", timeout=120)
    machine.type(f"devmem {GUEST + 0x10:#x} 32\r")
    machine.wait_guest("linux-a", "0x4546492D")
    machine.type(f"devmem {GUEST + 0x20:#x} 32 0x55\r")
    machine.wait_guest("guest-b", "steps: all ok")
    assert loader_lines(machine)[0] == "Isthmus: boot tree: isthmus.dtb"
    assert not machine.findings()


def test_an_overlay_brings_the_guests_to_firmwares_tree(boot_efi, tmp_path):
    """QEMU's own tree, which names no guest."""
    body = re.search(r"chosen \{(.*)\};\s*\};\s*$", efi.by_name(PAIR), re.DOTALL)[1]
    source = tmp_path / "guests.dts"
    source.write_text('/dts-v1/; /plugin/; / { fragment@0 { target-path = "/chosen"; __overlay__ {' + body + "}; }; };")
    blob = subprocess.run(["dtc", "-q", "-@", "-O", "dtb", source], capture_output=True, check=True).stdout
    machine = boot_efi("/ { };", {"pair": launch.guest("pair")},
                       files={"guests.dtbo": blob, "isthmus.cfg": "overlay = guests.dtbo\r\n"})
    assert_pair(machine)


@pytest.mark.parametrize("config, disk, message", [
    ("overlay = x\nkernel = vmlinuz\n", {}, "isthmus.cfg, line 2: kernel: known words are tree, overlay, module and save"),
    ("", {"modules": {}}, "file pair.bin is not there: it has to lie beside the file of Isthmus"),
    ("tree = board.dtb", {}, "file board.dtb is not there"),
    ("", {"tree_from": "", "files": {"isthmus.dtb": "no tree"}}, "isthmus.dtb is no flattened device tree"),
    ("", {"machine": launch.Machine(virtualization=False)}, "firmware runs at EL1, but a hypervisor needs EL2"),
], ids=["config", "module", "tree", "no-tree", "el1"])
def test_what_is_missing_is_said_and_firmware_goes_on(boot_efi, config, disk, message):
    disk = {"modules": {"pair": launch.guest("pair")}, **disk}
    disk["files"] = {"isthmus.cfg": config, **disk.get("files", {})}
    machine = boot_efi(efi.by_name(PAIR), **disk)
    machine.wait(PROMPT)
    assert any(message in line for line in loader_lines(machine)), machine.text()
    assert "leaves firmware" not in machine.text()
