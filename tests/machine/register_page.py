# SPDX-License-Identifier: Apache-2.0
"""docs/registers.md as a table: which treatment a register gets that a guest can name."""
import pathlib
import re
from dataclasses import dataclass

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "registers.md"
ROW = re.compile(r"^\| ([^|]*) \| ([^|]*\d_[^|]*) \| (\w+) \| ?([^|]*)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    names: str
    encodings: tuple[str, ...]
    treatment: str
    why: str

    def covers(self, register: str) -> bool:
        """`register` as in "3_0_12_1_1"."""
        return any(matches(pattern, register) for pattern in self.encodings)


def matches(pattern: str, register: str) -> bool:
    def fits(wanted: str, number: str) -> bool:
        low, _, high = wanted.partition("-")
        return wanted == "*" or int(low) <= int(number) <= int(high or low)

    wanted, numbers = pattern.split("_"), register.split("_")
    return len(wanted) == len(numbers) and all(map(fits, wanted, numbers))


def rows(text: str | None = None) -> list[Row]:
    text = PAGE.read_text() if text is None else text
    return [Row(names, tuple(part.strip() for part in encodings.split(",")), treatment, why)
            for names, encodings, treatment, why in ROW.findall(text)]


# What the guest `sweep` may find a register to do under each treatment.
ALLOWED = {"switched": {"keeps", "constant", "restless"}, "pstate": {"keeps", "constant"},
           "emulated": {"keeps", "constant", "restless"}, "machine": {"restless", "constant"},
           "constant": {"constant"}, "traps": set()}


def complaints(found: dict[str, str], table: list[Row]) -> list[str]:
    """`found`: register to "keeps", "restless" or "constant"."""
    wrong = []
    for register, does in found.items():
        rows_of_it = [row for row in table if row.covers(register)]
        if len(rows_of_it) != 1:
            wrong.append(f"{register} ({does}) stands in {len(rows_of_it)} rows")
        elif does not in ALLOWED[rows_of_it[0].treatment]:
            wrong.append(f"{register} is {does}, and not what {rows_of_it[0].treatment!r} means")
    return wrong
