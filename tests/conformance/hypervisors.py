# SPDX-License-Identifier: Apache-2.0
"""Boots Isthmus and Debian's Xen from one tree, and takes each guest's lines off their consoles."""
import os
import pathlib
import re
import subprocess
import sys
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "machine"), str(ROOT / "tools" / "demo")]

import console  # noqa: E402
import launch  # noqa: E402

XEN = ROOT / "build/packages/arm64/boot/xen-4.17-arm64"
PATIENCE = 150  # seconds for all guests of a machine
END = re.compile(r"facts end (\d+)$")
# Each takes what it knows and says of the others that it does not. "conswitch=ax" is Xen's way to say that
# no guest has the console's input: each line then stands under its guest.
ARGUMENTS = "console=dtuart dtuart=/pl011@9000000 conswitch=ax bootscrub=0 on-last-off=poweroff"


class Refused(Exception):
    """The hypervisor starts nothing from this tree; its own words."""


@dataclass(frozen=True)
class Isthmus:
    name = "isthmus"

    def kernel(self) -> pathlib.Path:
        return launch.image()

    def refusal(self, text: str) -> list[str]:
        lines = console.whole_lines(text.split("\n"))
        if "nothing is started" in text:
            return [line for line in lines if "error[" in line]
        return [line for line in lines if "warning[dom-none]" in line]

    def lines(self, text: str, guests: list[str]) -> dict[str, list[str]]:
        whole = console.whole_lines(text.split("\n")[:-1])
        return {guest: console.guest_texts(whole, guest) for guest in guests}


@dataclass(frozen=True)
class Xen:
    name = "xen"

    def kernel(self) -> pathlib.Path:
        return XEN

    def refusal(self, text: str) -> list[str]:
        return re.findall(r"Panic on CPU \d+:\s*\(XEN\) (.*)", text)

    def lines(self, text: str, guests: list[str]) -> dict[str, list[str]]:
        """Guests are numbered as they stand in the tree. What Dom0 writes has no name: it is what is left
        when Xen's own lines are taken out, which may come in the middle of one of Dom0's."""
        text = text.replace("\r", "")
        own = re.findall(r"\(XEN\) DOM(\d+): (.*)\n", text)
        without = re.sub(r"\(XEN\) .*\n", "", text).split("\n")[:-1]
        domains = [guest for guest in guests if guest != "Dom0"]
        found = {guest: [line for number, line in own if int(number) == index]
                 for index, guest in enumerate(domains, 1)}
        return found | ({"Dom0": without} if "Dom0" in guests else {})


def whole(lines: list[str]) -> bool:
    return any(END.search(line) for line in lines)


class Run:
    """One hypervisor that boots a tree; its console goes into a file."""

    def __init__(self, hypervisor: Isthmus | Xen, machine: launch.Machine, tree: str,
                 modules: dict[str, pathlib.Path], guests: list[str], folder: pathlib.Path):
        folder.mkdir()
        self.hypervisor, self.guests, self.log = hypervisor, guests, folder / "console.txt"
        command = launch.Launch(machine, tree, modules, "", hypervisor.kernel()).command(folder)
        with open(self.log, "wb") as log:
            self.qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def text(self) -> str:
        return self.log.read_bytes().decode(errors="replace")

    def finish(self) -> dict[str, list[str]]:
        """Until every guest has said all of its facts."""
        deadline = time.monotonic() + PATIENCE
        while True:
            ended = self.qemu.poll() is not None
            text = self.text()
            refusal = self.hypervisor.refusal(text)
            if refusal:
                raise Refused(f"{self.hypervisor.name}: " + "; ".join(refusal))
            lines = self.hypervisor.lines(text, self.guests)
            if all(map(whole, lines.values())):
                return lines
            silent = [guest for guest, said in lines.items() if not whole(said)]
            assert not ended, f"{self.hypervisor.name} ended; not all facts came from {silent}"
            assert time.monotonic() < deadline, f"{self.hypervisor.name}: not all facts came from {silent}"
            time.sleep(0.2)

    def close(self) -> None:
        self.qemu.kill()
        self.qemu.wait()
        if os.environ.get("ISTHMUS_SHOW_CONSOLES"):
            print(self.text())
