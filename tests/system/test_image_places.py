# SPDX-License-Identifier: Apache-2.0
"""What boot loaders do at worst with an image that is as large as its file: the next thing lies right behind it."""
import pytest

import host_says
from boot_anywhere import AnywhereLaunch
from isthmus_qemu import Isthmus, launch
from systems import domain, system

KIB, MIB = 1 << 10, 1 << 20
RAM, RAM_END = 0x4000_0000, 0x8000_0000
IMAGE = launch.image().stat().st_size
POWEROFF = 'xen,xen-bootargs = "on-last-off=poweroff";'


def up(address: int, to: int) -> int:
    return (address + to - 1) // to * to


class PlacedLaunch(AnywhereLaunch):
    """Image, tree, module and the few instructions that start Isthmus where a test has them."""
    module = 0

    def placements(self):
        return {name: (self.module, path.stat().st_size) for name, path in self.modules.items()}


MODULE = launch.guest("hello").stat().st_size
# Image, tree, module: each to the byte, or page, behind or before another.
PLACES = {
    "tree right behind": (0x4020_0000, 0x4020_0000 + IMAGE, 0x4800_0000),
    "module right behind": (0x4020_0000, 0x4800_0000, 0x4020_0000 + IMAGE),
    "both right behind": (0x4040_0000, 0x4040_0000 + IMAGE, 0x4040_0000 + IMAGE + 64 * KIB),
    "tree before, module behind": (0x4560_0000, 0x4560_0000 - 64 * KIB, 0x4560_0000 + IMAGE),
    "module before, tree behind": (0x4560_0000, 0x4560_0000 + IMAGE, 0x4560_0000 - up(MODULE, 4 * KIB)),
    "the end of RAM": (RAM_END - 2 * MIB, RAM_END - 64 * KIB, RAM_END - 2 * MIB - up(MODULE, 4 * KIB)),
    "the end of RAM, all behind": (RAM_END - 2 * MIB, RAM_END - 2 * MIB + IMAGE, RAM_END - up(MODULE, 4 * KIB)),
    "low, where one would plan": (0x4400_0000, 0x4010_0000, 0x4020_0000),
}


@pytest.mark.parametrize("image, tree, module", PLACES.values(), ids=PLACES.keys())
def test_things_lie_right_beside_it(tmp_path, image, tree, module):
    boot = PlacedLaunch(launch.Machine(cpus=1), system(domain("guest-a", "hello"), chosen=POWEROFF),
                        {"hello": launch.guest("hello")})
    boot.address, boot.TREE, boot.STUB, boot.module = image, tree, 0x6000_0000, module
    machine = Isthmus(boot, tmp_path)
    try:
        assert machine.wait_end() == 0
        assert any(f"image {image:#x}-{image + IMAGE:#x}, boot tree {tree:#x} " in line for line in machine.lines())
        assert machine.guest("guest-a")[-1] == "hello: ok"
        assert not machine.findings()
        said = host_says.Said(machine.lines())
        wrong = list(host_says.differences(said, tmp_path / "boot.dtb", host_says.options(said, [])))
        assert said.digest and not wrong, wrong
    finally:
        machine.close()


def test_no_room_to_plan_in_is_said(tmp_path):
    """All of RAM is somebody's: the console says so all the same, and what else is wrong."""
    taken = f"other@0 {{ reg = <0x0 {RAM:#x} {RAM_END - RAM:#x}>; }};"
    boot = AnywhereLaunch(launch.Machine(cpus=1), system(domain("guest-a", "hello"), chosen=taken),
                          {"hello": launch.guest("hello")})
    boot.address = 0x4020_0000
    machine = Isthmus(boot, tmp_path)
    try:
        machine.wait("nothing is started")
        said = dict(machine.findings())["dom-out-of-memory"]
        assert "Isthmus plans in 4 MiB of RAM that nobody has" in said
        assert "of 1 GiB in all the largest such piece has 0" in said
    finally:
        machine.close()
