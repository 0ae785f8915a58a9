# SPDX-License-Identifier: Apache-2.0
"""The table of docs/conformance.md: differences that are meant, each with its reason. Two guests' facts are compared
by it; what no row covers fails, and so does a row, or one of its patterns, that covers nothing any more."""
import itertools
import pathlib
import re
from dataclasses import dataclass

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
HEAD = ["where", "what", "Xen", "Isthmus", "why"]
ABSENT = "-"
# Numbers that differ a little from run to run, and by how much: what a kernel has left behind by then.
NEARLY = {"memory.MemTotal": 64}  # kB


@dataclass(frozen=True)
class Difference:
    where: str  # CASE/GUEST
    what: str
    xen: str
    isthmus: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}: Xen {self.xen}, Isthmus {self.isthmus}"


@dataclass(frozen=True)
class Row:
    where: tuple[str, ...]
    what: tuple[str, ...]
    xen: tuple[str, ...]
    isthmus: tuple[str, ...]
    why: str
    line: int

    def covers(self, seen: Difference) -> set[str]:
        """The patterns of `what` that the difference needs."""
        if not (fits_any(self.where, seen.where) and fits_any(self.xen, seen.xen)
                and fits_any(self.isthmus, seen.isthmus)):
            return set()
        return {pattern for pattern in self.what if fits(pattern, seen.what)}


def fits(pattern: str, text: str) -> bool:
    """`*` is any text; all else is itself."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def fits_any(patterns: tuple[str, ...], text: str) -> bool:
    return any(fits(pattern, text) for pattern in patterns)


def cells(line: str) -> list[str]:
    return [part.strip() for part in line.strip().strip("|").split("|")]


def patterns(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def rows(text: str) -> list[Row]:
    """A malformed row is an error: it would cover nothing, or everything."""
    found = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            inside = False
        elif cells(line) == HEAD:
            inside = True
        elif inside and not set(line) <= set("|- "):
            parts = cells(line)
            columns = [patterns(part) for part in parts[:4]]
            if len(parts) != 5 or not all(columns) or len(parts[4]) < 10:
                raise ValueError(f"line {number} of the table is no row: {line}")
            found.append(Row(*columns, parts[4], number))
    return found


def same(name: str, one: str, other: str) -> bool:
    if name in NEARLY and ABSENT not in (one, other):
        return abs(int(one.split()[0]) - int(other.split()[0])) <= NEARLY[name]
    return one == other


def differences(where: str, xen: dict[str, str], isthmus: dict[str, str]) -> list[Difference]:
    pairs = ((name, xen.get(name, ABSENT), isthmus.get(name, ABSENT)) for name in sorted(xen.keys() | isthmus.keys()))
    return [Difference(where, *pair) for pair in pairs if not same(*pair)]


class Account:
    """Which patterns of which rows were needed, over all cases that were compared."""

    def __init__(self, table: list[Row]):
        self.table = table
        self.used: set[tuple[int, str]] = set()
        self.compared: set[str] = set()

    def unexplained(self, seen: list[Difference]) -> list[Difference]:
        left = []
        for difference in seen:
            needed = {(row.line, pattern) for row in self.table for pattern in row.covers(difference)}
            self.used |= needed
            if not needed:
                left.append(difference)
        return left

    def stale(self) -> list[str]:
        every = itertools.chain.from_iterable(((row, pattern) for pattern in row.what) for row in self.table)
        return [f"docs/conformance.md:{row.line}: nothing differs any more in `{pattern}`"
                for row, pattern in every if (row.line, pattern) not in self.used]
