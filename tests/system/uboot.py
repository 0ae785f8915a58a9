# SPDX-License-Identifier: Apache-2.0
"""Debian's U-Boot for QEMU's `virt`, with a disk that holds what `isthmus make` made. U-Boot looks for
boot.scr on its disks by itself; the script, unchanged, loads all and starts Isthmus by booti."""
import pathlib
import re
import subprocess

from isthmus_qemu import demo, launch

UBOOT = pathlib.Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
SECTORS = 64 * 2048  # of the disk: 64 MiB
LISTED = re.compile(r"^#   (\S+): (/.*)$", re.MULTILINE)  # the files that boot.cmd says it loads


def run(*words) -> None:
    subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, check=True)


def make_disk(disk: pathlib.Path, made: pathlib.Path) -> None:
    """A FAT file system with the script, the tree, and the files that the script names."""
    script = made / "boot.cmd"
    run("mkimage", "-A", "arm64", "-T", "script", "-C", "none", "-d", script, made / "boot.scr")
    run("mformat", "-C", "-i", disk, "-T", SECTORS, "-h", 64, "-s", 32, "::")
    run("mcopy", "-i", disk, made / "boot.scr", made / "boot.dtb", "::")
    listed = LISTED.findall(script.read_text())
    assert listed, script.read_text()
    for name, file in listed:
        run("mcopy", "-i", disk, file, f"::{name}")


class UBootLaunch:
    """A demo, started by U-Boot."""

    def __init__(self, name: str, machine: launch.Machine, bootargs: str = ""):
        self.name = name
        self.machine = machine
        self.bootargs = bootargs

    def command(self, folder: pathlib.Path) -> list[str]:
        demo.DEMOS[self.name].prepare()
        choices = (f"cpus={self.machine.cpus}", f"gic={self.machine.gic}",
                   f"cpu={self.machine.cpu}", f"memory={self.machine.memory_mib} MiB")
        demo.made(demo.HERE / demo.DEMOS[self.name].config, folder / "made", choices=choices)
        make_disk(folder / "disk", folder / "made")
        return [launch.QEMU, *self.machine.arguments(), *launch.BOARD["run"], "-bios", str(UBOOT),
                "-drive", f"if=none,id=disk,format=raw,file={folder / 'disk'}",
                "-device", "virtio-blk-device,drive=disk"]
