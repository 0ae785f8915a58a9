#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Boots Isthmus on QEMU's `virt` machine: makes the boot tree, places the modules, starts QEMU.

As a program:  launch.py --cpus 2 --module kernel_a=pair.bin --module kernel_b=pair.bin pair.dts
As a module:   Launch(Machine(cpus=2), tree_text, {"kernel_a": path, ...}).command(work_folder)

A tree text (*.dts here) is appended to the tree that QEMU makes for itself. In it
${NAME.address} and ${NAME.size} stand for two cells each: where module NAME was placed.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

QEMU = "qemu-system-aarch64"
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RAM_BASE = 0x4000_0000
MIB = 1 << 20


def build_folder() -> pathlib.Path:
    """Where the image and the guests were built; ISTHMUS_BUILD names another preset's folder."""
    return pathlib.Path(os.environ.get("ISTHMUS_BUILD", ROOT / "build" / "arm64")).resolve()


def image() -> pathlib.Path:
    return build_folder() / "isthmus"


def guest(name: str) -> pathlib.Path:
    """The raw Image of one of tests/guests."""
    return build_folder() / "guests" / f"{name}.bin"


@dataclass(frozen=True)
class Machine:
    cpus: int = 2
    cpu: str = "max"
    gic: int = 3
    memory_mib: int = 1024
    virtualization: bool = True
    extra: tuple[str, ...] = ()  # more QEMU arguments

    def arguments(self) -> list[str]:
        machine = f"virt,gic-version={self.gic},dtb-randomness=off"
        if self.virtualization:
            machine += ",virtualization=on"
        return ["-machine", machine, "-cpu", self.cpu, "-smp", str(self.cpus),
                "-m", f"{self.memory_mib}M", *self.extra]

    def base_tree(self, folder: pathlib.Path) -> str:
        """The tree QEMU makes for this machine, as text."""
        blob = folder / "base.dtb"
        arguments = self.arguments()
        arguments[1] += f",dumpdtb={blob}"
        run([QEMU, *arguments, "-display", "none", "-nic", "none"])
        return run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(blob)])

    def first_module_address(self) -> int:
        """QEMU puts the boot tree half-way up RAM, at most 128 MiB high; modules follow it."""
        return RAM_BASE + min(128, self.memory_mib // 2) * MIB + 4 * MIB


def run(command: list[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def cells(value: int) -> str:
    return f"{value >> 32:#x} {value & 0xffff_ffff:#x}"


@dataclass
class Launch:
    machine: Machine
    tree_text: str
    modules: dict[str, pathlib.Path]
    arguments: str = ""  # the hypervisor's command line
    kernel: pathlib.Path = field(default_factory=image)

    def placements(self) -> dict[str, tuple[int, int]]:
        """Module name to host address and size; each starts at a 2 MiB boundary."""
        placed = {}
        address = self.machine.first_module_address()
        for name, path in self.modules.items():
            size = pathlib.Path(path).stat().st_size
            placed[name] = (address, size)
            address = (address + size + 2 * MIB - 1) // (2 * MIB) * (2 * MIB)
        return placed

    def tree_source(self, folder: pathlib.Path) -> str:
        placed = self.placements()

        def fill(match: re.Match) -> str:
            address, size = placed[match[1]]
            return cells(address if match[2] == "address" else size)

        text = re.sub(r"\$\{(\w+)\.(address|size)\}", fill, self.tree_text)
        return self.machine.base_tree(folder) + "\n" + text

    def make_tree(self, folder: pathlib.Path) -> pathlib.Path:
        source = folder / "boot.dts"
        blob = folder / "boot.dtb"
        source.write_text(self.tree_source(folder))
        run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(blob), str(source)])
        return blob

    def command(self, folder: pathlib.Path) -> list[str]:
        """QEMU's command line. The console is stdin and stdout as they are: with QEMU's own
        multiplexer (-nographic) Ctrl-a, which switches the guests' input, would never arrive."""
        command = [QEMU, *self.machine.arguments(), "-display", "none", "-monitor", "none",
                   "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                   "-nic", "none", "-no-reboot", "-kernel", str(self.kernel),
                   "-dtb", str(self.make_tree(folder)), "-append", self.arguments]
        for name, (address, _) in self.placements().items():
            command += ["-device", f"loader,file={self.modules[name]},addr={address:#x},"
                        "force-raw=on"]
        return command


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=pathlib.Path, help="tree text to append (*.dts)")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--gic", type=int, default=3)
    parser.add_argument("--memory", type=int, default=1024, help="MiB")
    parser.add_argument("--args", default="", help="the hypervisor's command line")
    parser.add_argument("--kernel", type=pathlib.Path, default=None, help="not Isthmus, but this")
    parser.add_argument("--module", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--qemu", action="append", default=[], help="one more QEMU argument")
    parser.add_argument("--tree-only", type=pathlib.Path, metavar="FILE",
                        help="write the boot tree there and start nothing")
    options = parser.parse_args()
    machine = Machine(options.cpus, options.cpu, options.gic, options.memory,
                      extra=tuple(options.qemu))
    modules = {name: pathlib.Path(path)
               for name, path in (text.split("=", 1) for text in options.module)}
    launch = Launch(machine, options.tree.read_text(), modules, options.args,
                    options.kernel or image())
    with tempfile.TemporaryDirectory(prefix="isthmus-") as folder:
        if options.tree_only:
            options.tree_only.write_bytes(launch.make_tree(pathlib.Path(folder)).read_bytes())
            return 0
        return subprocess.run(launch.command(pathlib.Path(folder))).returncode


if __name__ == "__main__":
    sys.exit(main())
