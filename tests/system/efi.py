# SPDX-License-Identifier: Apache-2.0
"""Isthmus started by UEFI: Debian's EDK2 for QEMU's `virt` at EL2, and a FAT disk on which the image is the
application that such firmware starts by itself."""
import pathlib
import re
import subprocess
from dataclasses import dataclass, field

from isthmus_qemu import launch

FIRMWARE = pathlib.Path("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd")
APPLICATION = "EFI/BOOT/BOOTAA64.EFI"
REG = re.compile(r"reg = <\$\{(\w+)\.address\} \$\{\w+\.size\}>;")


def run(*words) -> None:
    subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, check=True)


def by_name(tree_text: str) -> str:
    """The same system with the names of files where the places of modules were."""
    return REG.sub(r'xen,uefi-binary = "\1.bin";', tree_text)


def without(tree_text: str) -> str:
    """The same with neither: isthmus.cfg says which file is which module's."""
    return REG.sub("", tree_text)


@dataclass
class EfiLaunch(launch.Launch):
    """`modules` are files on the disk, beside the application as NAME.bin; `files` are more of them, by name."""
    tree_from: str = "table"  # firmware's configuration table; or the name of a file on the disk, or "" for neither
    files: dict[str, str | bytes] = field(default_factory=dict)
    folder: str = "EFI/BOOT"  # where the files lie, beside the application
    modules_in: str = "EFI/BOOT"  # and the modules

    def placements(self):
        return {}

    def disk(self, folder: pathlib.Path, tree: pathlib.Path) -> pathlib.Path:
        disk = folder / "disk"
        size = 16 + sum(path.stat().st_size for path in self.modules.values()) // launch.MIB
        run("mformat", "-C", "-i", disk, "-T", size * 2048, "-h", 64, "-s", 32, "::")
        run("mmd", "-i", disk, "::EFI", "::EFI/BOOT")
        if self.modules_in != self.folder:
            run("mmd", "-i", disk, f"::{self.modules_in}")
        run("mcopy", "-i", disk, self.kernel, f"::{APPLICATION}")
        for name, path in self.modules.items():
            run("mcopy", "-i", disk, path, f"::{self.modules_in}/{name}.bin")
        if self.tree_from not in ("", "table"):
            run("mcopy", "-i", disk, tree, f"::{self.folder}/{self.tree_from}")
        for name, content in self.files.items():
            made = folder / "file"
            made.write_bytes(content.encode() if isinstance(content, str) else content)
            run("mcopy", "-o", "-i", disk, made, f"::{self.folder}/{name}")
        return disk

    def read_back(self, folder: pathlib.Path, name: str) -> pathlib.Path:
        """A file that the machine has written to its disk."""
        run("mcopy", "-o", "-i", folder / "disk", f"::{self.folder}/{name}", folder / name)
        return folder / name

    def command(self, folder: pathlib.Path) -> list[str]:
        tree = self.make_tree(folder)
        words = self.machine.arguments()
        words[words.index("-machine") + 1] += ",acpi=off"
        if self.tree_from == "table":
            words += ["-dtb", str(tree)]
        return [self.machine.qemu, *words, *launch.BOARD["run"], "-bios", str(FIRMWARE),
                "-drive", f"if=none,id=disk,format=raw,file={self.disk(folder, tree)}",
                "-device", "virtio-blk-device,drive=disk"]
