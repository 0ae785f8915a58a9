# SPDX-License-Identifier: Apache-2.0
"""Boots Isthmus on QEMU's `virt` with a boot tree that a test wrote, right or wrong; right ones are
made by `isthmus make`. Both take QEMU's words from boards/qemu-virt/board.toml.

Launch(Machine(cpus=2), tree_text, {"kernel_a": path, ...}).command(work_folder)

The tree text is appended to the tree that QEMU makes for itself. In it ${NAME.address} and ${NAME.size}
stand for two cells each: where module NAME was placed.
"""
import os
import pathlib
import re
import socket
import subprocess
import tomllib
from dataclasses import dataclass, field

QEMU = "qemu-system-aarch64"
ROOT = pathlib.Path(__file__).resolve().parents[2]
BOARD = tomllib.loads((ROOT / "boards" / "qemu-virt" / "board.toml").read_text())["qemu"]
RAM_BASE = 0x4000_0000
MIB = 1 << 20


def free_port() -> int:
    """Of this machine, for QEMU to listen at: nobody does yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
    qemu: str = QEMU

    def arguments(self) -> list[str]:
        choices = {"gic": self.gic, "cpu": self.cpu, "cpus": self.cpus,
                   "memory": f"{self.memory_mib}M"}
        words = [word.format_map(choices) for word in BOARD["machine"]]
        if not self.virtualization:
            words = [word.replace("virtualization=on", "virtualization=off") for word in words]
        return [*words, *self.extra]

    def base_tree(self, folder: pathlib.Path) -> str:
        """The tree QEMU makes for this machine, as text."""
        blob = folder / "base.dtb"
        run([self.qemu, *self.arguments(), *BOARD["run"], "-machine", f"dumpdtb={blob}"])
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
        command = [self.machine.qemu, *self.machine.arguments(), *BOARD["run"], "-kernel", str(self.kernel),
                   "-dtb", str(self.make_tree(folder)), "-append", self.arguments]
        for name, (address, _) in self.placements().items():
            command += ["-device", f"loader,file={self.modules[name]},addr={address:#x},"
                        "force-raw=on"]
        return command

