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


def uboot(machine: launch.Machine, disk: pathlib.Path) -> list[str]:
    return [launch.QEMU, *machine.arguments(), *launch.BOARD["run"], "-bios", str(UBOOT),
            "-drive", f"if=none,id=disk,format=raw,file={disk}", "-device", "virtio-blk-device,drive=disk"]


class ScriptLaunch(launch.Launch):
    """A tree and modules, loaded by a script that knows no more of a file than its size, as scripts for boards
    are generated: each at the next 2 MiB behind the file before it."""
    order = ("isthmus", "modules", "tree")
    first = 0x4040_0000

    def places(self, tree_bytes: int) -> dict[str, int]:
        """Of all files, by name."""
        files = {"isthmus": self.kernel.stat().st_size, "tree": tree_bytes}
        modules = {name: pathlib.Path(path).stat().st_size for name, path in self.modules.items()}
        placed, address = {}, self.first
        for what in self.order:
            for name, size in (modules if what == "modules" else {what: files[what]}).items():
                placed[name] = address
                address = (address + size + (2 << 20) - 1) // (2 << 20) * (2 << 20)
        return placed

    def placements(self):
        placed = self.places(64 << 10)  # what a tree has room for: no more than that is between two
        return {name: (placed[name], pathlib.Path(path).stat().st_size) for name, path in self.modules.items()}

    def command(self, folder: pathlib.Path) -> list[str]:
        tree = self.make_tree(folder)
        placed = self.places(tree.stat().st_size)
        made = folder / "made"
        made.mkdir()
        lines = ["setenv fdt_high 0xffffffffffffffff"]
        files = {"isthmus": self.kernel, "tree": tree, **self.modules}
        for name in sorted(placed, key=placed.get):
            lines += [f"#   {name}: {pathlib.Path(files[name]).resolve()}",
                      f"load ${{devtype}} ${{devnum}}:${{distro_bootpart}} {placed[name]:#x} {name}"]
        lines.append(f"booti {placed['isthmus']:#x} - {placed['tree']:#x}")
        (made / "boot.cmd").write_text("\n".join(lines) + "\n")
        (made / "boot.dtb").write_bytes(tree.read_bytes())
        make_disk(folder / "disk", made)
        return uboot(self.machine, folder / "disk")


class UBootLaunch:
    """A demo, started by U-Boot from a medium that `isthmus make` made."""

    def __init__(self, name: str, machine: launch.Machine, medium: str = "sd"):
        self.name = name
        self.machine = machine
        self.medium = medium

    def command(self, folder: pathlib.Path) -> list[str]:
        demo.DEMOS[self.name].prepare()
        choices = (f"cpus={self.machine.cpus}", f"gic={self.machine.gic}",
                   f"cpu={self.machine.cpu}", f"memory={self.machine.memory_mib} MiB")
        made = folder / "made"
        demo.made(demo.HERE / demo.DEMOS[self.name].config, made, choices=choices, medium=self.medium)
        if self.medium == "sd":
            return uboot(self.machine, made / "sd.img")
        if self.medium == "tftp":
            return [launch.QEMU, *self.machine.arguments(), *launch.BOARD["run"], "-bios", str(UBOOT),
                    "-netdev", f"user,id=net,tftp={made}", "-device", "virtio-net-device,netdev=net"]
        run("mformat", "-C", "-i", folder / "disk", "-T", SECTORS, "-h", 64, "-s", 32, "::")
        run("mcopy", "-i", folder / "disk", *made.glob("*"), "::")
        return uboot(self.machine, folder / "disk")
