# SPDX-License-Identifier: Apache-2.0
"""Doorbells from a shell of stock Debian kernels, by the packaged gpiod tools: docs/doorbells.md, word for word."""
import pathlib

import pytest

import initramfs
import soak
import transcript
from isthmus_qemu import ROOT
from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x6000_0000, 0x1_0000
PAGE = ROOT / "docs" / "doorbells.md"
TOOLS = ("gpiodetect", "gpioinfo", "gpiofind", "gpioget", "gpioset", "gpiomon")  # Debian's package gpiod
SHELL = "console=ttyAMA0 quiet isthmus.role=shell"
BELLS = region("bells", HOST, GUEST, SIZE, extra="isthmus,doorbell;")
KERNELS = pytest.mark.parametrize("linux", [initramfs.LINUX_6_1, initramfs.LINUX_6_12],
                                  ids=lambda linux: linux.folder)


def ramdisk(target: pathlib.Path) -> pathlib.Path:
    """Busybox's shell, and the tools with the libraries that they need."""
    more = {}
    for name in TOOLS:
        program = initramfs.PACKAGES / "arm64/usr/bin" / name
        more[f"bin/{name}"] = program.read_bytes()
        more |= {f"lib/{name}": path.read_bytes() for name, path in soak.libraries(program).items()}
    init = (ROOT / "tools/demo/linux-init.sh").read_bytes()
    target.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init, more))
    return target


def linux_guest(name: str, bells: str = BELLS) -> str:
    return domain(name, "kernel", memory_mib=192, ramdisk="ramdisk", regions=[bells], bootargs=SHELL)


@KERNELS
def test_linux_rings_linux(boot, tmp_path, linux):
    """B may only read the region, and rings back all the same."""
    recipe = transcript.recipes("doorbells", PAGE)
    assert sum(is_typed for _, is_typed, _ in recipe) >= 8, "the page lost its recipe"
    read_only = region("bells", HOST, GUEST, SIZE, extra='isthmus,doorbell; isthmus,access = "ro";')
    tree = system(linux_guest("linux-a"), linux_guest("linux-b", read_only))
    machine = boot(tree, {"kernel": linux.image(), "ramdisk": ramdisk(tmp_path / "gpiod.cpio")})
    transcript.follow(machine, recipe)
    assert not [line for line in machine.lines() if "violations: 1" in line]


@KERNELS
def test_linux_and_bare_metal(boot, tmp_path, linux):
    """Linux waits in gpiomon for a guest without any driver, and rings it."""
    tree = system(linux_guest("linux-a"),
                  domain("bare", "bells", regions=[BELLS],
                         bootargs="do=hear:linux-a,ring:linux-a,hear:linux-a,out:linux-a"))
    machine = boot(tree, {"kernel": linux.image(), "bells": "bells",
                          "ramdisk": ramdisk(tmp_path / "gpiod.cpio")})
    shells = transcript.Shells(machine, "linux-a")
    # The first time Linux clears what was latched before.
    shells.type("linux-a", "timeout 1 gpiomon -n 1 -r $(gpiofind bells.bare.rung)", False)
    for _ in range(2):
        shells.type("linux-a", "gpioset $(gpiofind bells.bare.ring)=1", False)
        shells.type("linux-a", "gpiomon -n 1 -r -F rung $(gpiofind bells.bare.rung)", True)
        shells.expect("linux-a", "rung")
    shells.check("linux-a")
    assert machine.guest("bare")[-1] == "bells: ok"
