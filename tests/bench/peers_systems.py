# SPDX-License-Identifier: Apache-2.0
"""The hypervisors that ./run bench peers compares, and how a machine with one of them is watched.

Each boots from the same tree, of which it takes what it knows. Xen twice: as Debian's package comes, and with
vwfi=native, with which it lets WFI be the machine's own, as Isthmus does where a vCPU has its CPU to itself.
"""
import os
import pathlib
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("tests/machine", "tests/system", "tools/demo", "tests/conformance")]

import bench  # noqa: E402
import hypervisors  # noqa: E402
import launch  # noqa: E402
from systems import quoted  # noqa: E402


@dataclass(frozen=True)
class Peer:
    name: str
    image: pathlib.Path
    arguments: str
    is_up: str  # what it says last before guests run

    def chosen(self, more: str = "") -> str:
        return ("#address-cells = <2>; #size-cells = <2>;"
                f"xen,xen-bootargs = {quoted(f'{self.arguments} {more}'.strip())};")


ISTHMUS = Peer("Isthmus", launch.image(), f"{hypervisors.ARGUMENTS} log=quiet", "")
XEN = Peer("Xen 4.17", hypervisors.XEN, hypervisors.ARGUMENTS, "init memory")
XEN_NATIVE = Peer("Xen, vwfi=native", hypervisors.XEN, f"{hypervisors.ARGUMENTS} vwfi=native", XEN.is_up)
ALL = (ISTHMUS, XEN_NATIVE, XEN)


def seconds_taken(pid: int) -> float:
    """User and system time of all threads: proc(5), fields 14 and 15 of /proc/PID/stat."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Said:
    """What a machine has said, and how many seconds of CPUs it had taken when a text stood there first."""
    text: str = ""
    when: dict[str, float] = field(default_factory=dict)


class Nudge:
    """QEMU 7.2 with -icount gives a CPU that was woken no turn while the one that woke it waits for it in a
    loop, as Xen does when it starts. A stop of the machine, which takes none of its time, ends the turn."""

    def __init__(self, path: pathlib.Path):
        self.path, self.monitor = path, None

    def __call__(self) -> None:
        try:
            if self.monitor is None:
                self.monitor = socket.socket(socket.AF_UNIX)
                self.monitor.connect(str(self.path))
                self.monitor.setblocking(False)
            self.monitor.send(b"stop\ncont\n")
            self.monitor.recv(1 << 20)
        except BlockingIOError:
            pass
        except OSError:
            self.close()  # QEMU is not there yet, or no longer

    def close(self) -> None:
        if self.monitor is not None:
            self.monitor.close()
        self.monitor = None


def watch(peer: Peer, machine: launch.Machine, tree: str, modules: dict[str, pathlib.Path], *, end: str,
          marks: tuple[str, ...] = (), patience: int = 120) -> Said:
    """Runs the machine until `end` is said."""
    with tempfile.TemporaryDirectory(prefix="isthmus-") as name:
        folder = pathlib.Path(name)
        command = launch.Launch(machine, tree, modules, "", peer.image).command(folder)
        command[command.index("-monitor") + 1] = f"unix:{folder / 'monitor'},server=on,wait=off"
        nudge = Nudge(folder / "monitor")
        began = time.monotonic()
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            return _read(qemu, peer, end, marks, began, patience, nudge if machine.cpus > 1 else None)
        finally:
            nudge.close()
            qemu.kill()
            qemu.wait()
            qemu.stdout.close()


def _read(qemu: subprocess.Popen, peer: Peer, end: str, marks: tuple[str, ...], began: float, patience: int,
          nudge: Nudge | None) -> Said:
    raw, when = bytearray(), {}
    while end.encode() not in raw[-200_000:]:
        left = began + patience - time.monotonic()
        tail = raw[-2000:].decode(errors="replace")
        if left <= 0:
            raise bench.BenchError(f"{peer.name}: {end!r} was not said within {patience} s:\n{tail}")
        is_starting = nudge is not None and peer.is_up.encode() not in raw
        if not select.select([qemu.stdout], [], [], 0.05 if is_starting else left)[0]:
            if is_starting:
                nudge()
            continue
        more = os.read(qemu.stdout.fileno(), 65536)
        if not more:
            raise bench.BenchError(f"{peer.name}: the machine ended early:\n{tail}")
        raw += more
        for mark in marks:
            if mark not in when and mark.encode() in raw:
                when[mark] = seconds_taken(qemu.pid)
    return Said(raw.decode(errors="replace").replace("\r", ""), when)


def figures(said: Said) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(bench.FIGURE, said.text)}
