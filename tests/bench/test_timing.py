# SPDX-License-Identifier: Apache-2.0
"""No stretch in EL2 is longer than docs/timing.md promises."""
import pytest

import timing
from launch import ROOT


@pytest.fixture(scope="module")
def found():
    return timing.measure()


@pytest.mark.parametrize("kind", timing.BUDGETS)
def test_each_kind_was_there_and_keeps_its_budget(found, kind):
    assert 0 < timing.worst(found)[kind] <= timing.BUDGETS[kind], found


def test_no_interrupt_waits_longer_than_the_longest_stretch(found):
    for name, said in found.items():
        assert said["pending"] <= max(count for kind, count in said.items() if kind != "pending"), name


def test_the_budgets_are_those_of_the_documentation():
    text = (ROOT / "docs/timing.md").read_text()
    for kind, budget in timing.BUDGETS.items():
        assert f"| `{kind}` | {budget:,} |" in text, kind
