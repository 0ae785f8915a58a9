# SPDX-License-Identifier: Apache-2.0
"""Recipes of docs/shared-memory.md, typed at two Linux shells as the page shows them.

A line `<!-- ./run demo NAME -->` says where the blocks behind it are typed. A block is what the
console shows: `linux-a| / # COMMAND` is typed at A's shell, any other `linux-a| TEXT` is what A
answers. What a guest says must be exactly this. A guest without a shell says it, among other things.
"""
import pathlib
import re
import time

from isthmus_qemu import ROOT, Isthmus
import console

PAGE = ROOT / "docs" / "shared-memory.md"
MARK = re.compile(r"<!-- \./run demo ([a-z0-9.-]+) -->")
SHOWN = re.compile(r"    ((?:linux|guest)-[a-c])\| (/ # )?(.*)")
SWITCH = "\x01" * 3  # Ctrl-a
KERNEL_MESSAGE = re.compile(r"\[ *\d+\.\d+\]")


def recipes(demo: str, page: pathlib.Path = PAGE) -> list[tuple[str, bool, str]]:
    """All that the page shows for one demo: guest, whether it is typed, text."""
    here = None
    found = []
    for line in page.read_text().splitlines():
        if mark := MARK.fullmatch(line):
            here = mark[1]
        elif here == demo and (shown := SHOWN.fullmatch(line)):
            found.append((shown[1], bool(shown[2]), shown[3]))
    return found


class Shells:
    """Guests' shells; the input is the first's at first."""

    def __init__(self, machine: Isthmus, *guests: str):
        guests = guests or ("linux-a", "linux-b")
        self._machine = machine
        self._input = guests[0]
        self._expected = dict.fromkeys(guests)  # since the last command typed there
        self._start = dict.fromkeys(guests, 0)
        for name in self._expected:
            self._until(lambda name=name: self._last_text(name).endswith("/ #"), f"{name}'s prompt")

    def type(self, guest: str, command: str, answers: bool) -> None:
        """`answers`: the command's output follows; else it is given some time to end: it may also be
        one that waits for the other guest."""
        self.check(guest)
        while guest != self._input:  # guests without a shell have their turn, too
            self._machine.type(SWITCH)
            self._input = self._machine.wait(r"input goes to (\S+)")[1]
        self._machine.settle(0.3)
        self._start[guest] = len(self._machine.guest(guest))
        self._expected[guest] = command
        self._machine.type(command + "\r")
        self._until(lambda: command in "".join(self._said(guest)), f"{guest} to echo {command!r}")
        moments = 0
        while not answers and moments < 30 and not self._last_text(guest).endswith("/ #"):
            self._machine.settle(0.3)
            moments += 1

    def expect(self, guest: str, text: str) -> None:
        if guest not in self._expected:
            self._machine.wait_guest(guest, text)
            return
        self._until(lambda: text in self._said(guest), f"{guest} to say {text!r}")
        self._expected[guest] += text

    def check(self, guest: str) -> None:
        """All that the guest said since the last command: the echo, in lines as wide as its
        terminal, and what was expected."""
        if self._expected[guest] is None:
            return
        said = "".join(self._said(guest)).removeprefix("/ # ")
        assert said == self._expected[guest], f"{guest} said {said!r}"

    def _said(self, guest: str) -> list[str]:
        lines = self._machine.guest(guest)[self._start[guest]:]
        return [line for line in lines if not KERNEL_MESSAGE.match(line) and line.strip() != "/ #"]

    def _last_text(self, guest: str) -> str:
        """The guest's last line, finished or not, even where the other's breaks it off."""
        lines = console.seen_lines(self._machine.text().split("\n"))
        return ([""] + console.guest_texts(lines, guest))[-1].rstrip()

    def _until(self, is_true, what: str) -> None:
        deadline = time.monotonic() + 60
        while not is_true():
            assert time.monotonic() < deadline, f"waited for {what}"
            self._machine.settle(0.1)


def follow(machine: Isthmus, recipe: list[tuple[str, bool, str]]) -> None:
    shells = Shells(machine)
    for number, (guest, is_typed, text) in enumerate(recipe):
        if is_typed:
            following = recipe[number + 1:number + 2]
            answers = bool(following) and following[0][0] == guest and not following[0][1]
            shells.type(guest, text, answers)
        else:
            shells.expect(guest, text)
    machine.settle(0.3)
    shells.check("linux-a")
    shells.check("linux-b")
