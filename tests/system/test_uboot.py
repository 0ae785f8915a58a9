# SPDX-License-Identifier: Apache-2.0
"""Isthmus, tree and modules loaded by U-Boot and started by its booti, as on a board."""
import re
import subprocess

import pytest

import uboot
from isthmus_qemu import Isthmus, console, demo, launch
from systems import domain, system


@pytest.fixture
def boot_uboot(tmp_path, machines):
    def start(name: str, machine: launch.Machine, medium: str = "sd") -> Isthmus:
        folder = tmp_path / f"machine{len(machines)}"
        folder.mkdir()
        started = uboot.UBootLaunch(name, machine, medium)
        machines.append((Isthmus(started, folder), started, folder))
        return machines[-1][0]

    return start


def digest_by_host(tree) -> str:
    plan = subprocess.run([demo.HOST_PROGRAM, "plan", tree], capture_output=True, text=True, check=True)
    return re.search(r"plan digest ([0-9a-f]{64})", plan.stdout)[1]


@pytest.mark.parametrize("name, medium", [("baremetal", "dir"), ("baremetal", "tftp"), ("baremetal", "fit"),
                                          ("linux", "sd")])
def test_a_demo_boots_by_itself(boot_uboot, tmp_path, name, medium):
    """U-Boot finds the script, fills /memory and /chosen of the tree in its own way, and the plan is
    still the one that was made."""
    machine = boot_uboot(name, launch.Machine(), medium)
    machine.wait("U-Boot 20[0-9.]+")
    machine.wait("Starting kernel")
    for guest, last in demo.DEMOS[name].success.items():
        machine.wait_guest(guest, last, timeout=150)
    assert machine.wait_end() == 0
    assert not demo.verdict(name, [f"{line}\n" for line in machine.lines()], True)
    assert not machine.findings()
    shown = re.search(r"plan digest ([0-9a-f]{64})", machine.text())[1]
    assert shown == digest_by_host(tmp_path / "machine0" / "made" / "boot.dtb")


def test_by_hand_with_arguments(boot_uboot):
    """Typed at the prompt, as the README of a board says; U-Boot's bootargs are not Isthmus's when the
    tree has xen,xen-bootargs."""
    machine = boot_uboot("baremetal", launch.Machine(cpus=4))
    machine.wait("Hit any key to stop autoboot")
    machine.type("\r")
    machine.wait("=> ")
    machine.type("setenv bootargs on-last-off=reset\r")
    machine.wait("=> ")
    machine.type("run bootcmd_virtio0\r")
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "pair: ok" == machine.guest("guest-b")[-1]
    assert any("switching the machine off" in line for line in machine.lines())
    assert console.findings(machine.lines()) == []


@pytest.mark.parametrize("order", [("isthmus", "modules", "tree"), ("isthmus", "tree", "modules"),
                                   ("modules", "isthmus", "tree"), ("tree", "modules", "isthmus")], ids="-".join)
def test_a_script_that_knows_sizes_of_files_alone(tmp_path, order):
    """The next file lies at the next 2 MiB behind the end of ours, in whatever order."""
    tree = system(domain("guest-a", "one"), domain("guest-b", "two"), chosen='xen,xen-bootargs = "on-last-off=poweroff";')
    started = uboot.ScriptLaunch(launch.Machine(), tree, {"one": launch.guest("hello"), "two": launch.guest("hello")})
    started.order = order
    machine = Isthmus(started, tmp_path)
    try:
        machine.wait("Starting kernel")
        assert machine.wait_end() == 0
        assert machine.guest("guest-a")[-1] == machine.guest("guest-b")[-1] == "hello: ok"
        assert not machine.findings()
        placed = started.places((tmp_path / "boot.dtb").stat().st_size)
        assert any(f"image {placed['isthmus']:#x}-" in line and f"boot tree {placed['tree']:#x} " in line
                   for line in machine.lines())
    finally:
        print(machine.text()[-3000:])
        machine.close()
