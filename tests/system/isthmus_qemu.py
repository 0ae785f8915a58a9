# SPDX-License-Identifier: Apache-2.0
"""Boots Isthmus in QEMU and watches its console. Every test gets its machine from the `boot` fixture
in conftest.py, which ends it whatever happens."""
import io
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "machine"), str(ROOT / "tools" / "demo")]

import console  # noqa: E402
import demo  # noqa: E402
import launch  # noqa: E402

PATIENCE = 60  # seconds; a loaded machine of two cores is slow


def qemu_version(program: str) -> int:
    """The major number; 0 when there is no such program."""
    try:
        said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(re.search(r"version (\d+)", said)[1])


# tools/fetch_qemu.sh fetches one.
NEWER_QEMU = next((program for program in (launch.QEMU, str(ROOT / "build/packages/qemu/qemu-system-aarch64"))
                   if qemu_version(program) >= 9), None)


@dataclass
class MadeDemo:
    """A system that isthmus make makes from the configuration of a demo."""
    name: str
    choices: tuple[str, ...]
    replacements: tuple[tuple[str, str], ...]
    board: str

    def command(self, folder: pathlib.Path) -> list[str]:
        """Also makes the files that the configuration names."""
        demo.DEMOS[self.name].prepare()
        text = (demo.HERE / demo.DEMOS[self.name].config).read_text()
        for old, new in (('"../../', f'"{ROOT}/'), *self.replacements):
            assert old in text, f"the configuration has no {old!r}"
            text = text.replace(old, new)
        config = folder / demo.DEMOS[self.name].config
        config.write_text(text)
        return demo.made(config, folder / "made", self.board, self.choices)


class Isthmus:
    """One running machine. Waiting fails with the console's last lines."""

    def __init__(self, machine: launch.Launch | MadeDemo, folder: pathlib.Path):
        self.command = command = machine.command(folder)
        self._log = io.StringIO()
        self._qemu = pexpect.spawn(command[0], command[1:], encoding="utf-8",
                                   codec_errors="replace", echo=False, timeout=PATIENCE,
                                   maxread=65536, searchwindowsize=None)
        self._qemu.delaybeforesend = 0
        self._qemu.logfile_read = self._log

    def lines(self) -> list[str]:
        """All whole lines so far."""
        return console.whole_lines(self._log.getvalue().split("\n")[:-1])

    def text(self) -> str:
        return self._log.getvalue()

    def guest(self, name: str) -> list[str]:
        return console.guest_texts(self.lines(), name)

    def findings(self) -> list[tuple[str, str]]:
        return console.findings(self.lines())

    def wait(self, pattern: str, timeout: float = PATIENCE) -> re.Match:
        """Until the console shows something new that matches the regular expression."""
        try:
            self._qemu.expect(pattern, timeout=timeout)
            return self._qemu.match
        except (pexpect.TIMEOUT, pexpect.EOF) as problem:
            kind = "the machine ended" if isinstance(problem, pexpect.EOF) else "nothing came"
            raise AssertionError(f"waiting for {pattern!r}: {kind}") from None

    def wait_guest(self, name: str, text: str, timeout: float = PATIENCE) -> None:
        """Until the guest has said a line that contains `text` (or says FAILED)."""
        deadline = time.monotonic() + timeout
        while True:
            said = self.guest(name)
            if any(text in line for line in said):
                return
            failed = [line for line in said if "FAILED" in line]
            assert not failed, f"{name}: {failed[0]}"
            left = deadline - time.monotonic()
            assert left > 0, f"{name} never said {text!r}, but {said[-5:]}"
            assert self._alive_after_reading(left), f"the machine ended; {name} never said {text!r}"

    def _alive_after_reading(self, timeout: float) -> bool:
        """Reads what is there, at least one line; False once the machine has ended."""
        got = self._qemu.expect(["\n", pexpect.TIMEOUT, pexpect.EOF], timeout=timeout)
        return got != 2

    def wait_end(self, timeout: float = PATIENCE) -> int:
        """Until the machine is off; QEMU's exit status."""
        got = self._qemu.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=timeout)
        assert got == 0, "the machine was not switched off"
        self._qemu.close()
        return self._qemu.exitstatus

    def settle(self, quiet: float = 0.7) -> None:
        """Until nothing has come for so many seconds, or the machine is off."""
        while self._qemu.expect([r"[\s\S]+", pexpect.TIMEOUT, pexpect.EOF], timeout=quiet) == 0:
            pass

    def is_on(self) -> bool:
        return self._qemu.isalive()

    def type(self, text: str) -> None:
        self._qemu.send(text)

    def paste(self, text: str) -> None:
        """Types a text of any length from a thread of its own: the terminal takes it only as fast as it is
        read, while what the machine prints has to be read, too."""
        def write():
            rest = text.encode()
            while rest:
                rest = rest[os.write(self._qemu.child_fd, rest[:1024]):]

        threading.Thread(target=write, daemon=True).start()

    def close(self) -> None:
        self._qemu.close(force=True)
