# SPDX-License-Identifier: Apache-2.0
"""docs/safety: every requirement is shown by tests that exist, every hazard is answered (tools/safety.py)."""
import copy
import re
import sys

import pytest

import repository

sys.path.insert(0, str(repository.ROOT / "tools"))
import safety  # noqa: E402

GOOD = {"id": "SPACE-1", "text": "t", "hazards": ["H1"], "rules": ["shm-align"], "code": ["mm/page_info.hpp"],
        "tests": ["tests/lint/test_safety.py::test_the_case_is_whole", "tests/unit/mm/page_info_test.cpp::PageWord.FieldsDoNotOverlap",
                  "tests/fuzz/plan_fuzz.cpp"]}


def test_the_case_is_whole():
    required = safety.requirements()
    assert len(required) >= 30 and len(safety.hazards()) >= 10, "the files lost their contents"
    assert safety.mistakes(required, safety.hazards(), safety.known_rules()) == []


def test_the_matrix_names_everything():
    required = safety.requirements()
    shown = safety.matrix(required, safety.hazards())
    for one in required:
        assert all(text in shown for text in [one["id"], one["text"], *one["code"], *one["tests"]])


def test_assumptions_are_numbered():
    page = repository.read("docs/safety/README.md")
    numbers = [int(number) for number in re.findall(r"^\| A(\d+) \|", page, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1)) and numbers


@pytest.mark.parametrize("key, value, what", [
    ("id", "space 1", "an id is"), ("tests", [], "has no tests"), ("tests", ["tests/lint/test_safety.py::test_none"], "there is no test"),
    ("tests", ["tests/unit/mm/page_info_test.cpp::PageWord.None"], "there is no test"), ("tests", ["tests/none.cpp"], "there is no test"),
    ("code", ["mm/none.hpp"], "there is no mm/none.hpp"), ("rules", ["shm-none"], "there is no rule"), ("hazards", ["H9"], "there is no hazard"),
    ("note", "x", "there is no key note"),
])
def test_a_mistake_is_found(key, value, what):
    assert safety.mistakes([GOOD], {"H1": ""}, {"shm-align"}) == []
    wrong = copy.deepcopy(GOOD) | {key: value}
    assert any(what in found for found in safety.mistakes([wrong], {"H1": ""}, {"shm-align"}))


def test_an_id_twice_and_a_hazard_that_nothing_answers_are_found():
    found = safety.mistakes([GOOD, GOOD], {"H1": "", "H2": ""}, {"shm-align"})
    assert found == ["SPACE-1: an id is WORD-NUMBER, and there once", "H2: no requirement answers it"]
