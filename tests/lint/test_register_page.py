# SPDX-License-Identifier: Apache-2.0
"""docs/registers.md and the lists of registers that move with a vCPU name the same."""
import re
import sys

import repository

sys.path.insert(0, str(repository.ROOT / "tests" / "machine"))
import register_page  # noqa: E402

USE = re.compile(r"(?:^ +|\) )USE\((\w+), (\w+)[,)]", re.MULTILINE)
# Of EL2: they move, but no guest can name them.
OF_EL2 = {"vmpidr", "pc", "pstate"}
# SP_EL1 has no encoding at EL1; its row is SP_EL0's.
LISTS = "arch/arm64/cpu/switched_registers.hpp"


def differences(code: str, page: list[register_page.Row]) -> list[str]:
    members = {member for member, _ in USE.findall(code)} - OF_EL2
    named = {word for row in page if row.treatment == "switched"
             for word in re.findall(r"`(\w+)`", row.why)}
    return sorted([f"{member} moves, and no row says so" for member in members - named] +
                  [f"{word} is in a row, and does not move" for word in named - members])


def test_the_page_says_what_moves():
    code = repository.read(LISTS)
    assert len(USE.findall(code)) > 30, "the lint does not see the lists"
    assert not differences(code, register_page.rows())


def test_treatments_have_a_meaning():
    table = register_page.rows()
    assert len(table) > 50, "the lint does not see the table"
    assert {row.treatment for row in table} == set(register_page.ALLOWED)


def test_the_lint_sees_differences():
    page = register_page.rows("| A | 3_0_1_0_0 | switched | `a` |\n| B | 3_0_1_0_1 | switched | `b` |\n")
    assert differences("    USE(a, a_el1) \\\n    USE(c, c_el1, has_c)", page) == [
        "b is in a row, and does not move", "c moves, and no row says so"]


def test_a_register_that_is_not_as_the_page_says_is_named():
    page = register_page.rows("| A | 3_0_1_0-3_* | constant | |\n| B | 3_3_1_0_1, 3_0_1_3_7 | traps | X |\n")
    assert not register_page.complaints({"3_0_1_2_7": "constant"}, page)
    assert len(register_page.complaints({"3_0_1_2_7": "keeps"}, page)) == 1
    assert len(register_page.complaints({"3_3_1_0_1": "constant"}, page)) == 1
    assert len(register_page.complaints({"3_3_1_0_2": "keeps"}, page)) == 1, "in no row"
    assert len(register_page.complaints({"3_0_1_3_7": "constant"}, page)) == 1, "in two rows"
