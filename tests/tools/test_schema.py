# SPDX-License-Identifier: Apache-2.0
"""The JSON for programs: no member goes away without a new number of its schema (docs/kit.md)."""
import json
import pathlib

from conftest import ROOT, isthmus, plan_of

import check_plan
from systems import domain, region, system
from test_plan import SYSTEMS

KEPT = pathlib.Path(__file__).with_name("plan_schema.txt").read_text().split()


def members(value, path=""):
    """The paths of all members of `value`: domains[].name."""
    if isinstance(value, dict):
        for name, what in value.items():
            yield f"{path}.{name}".lstrip(".")
            yield from members(what, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from members(item, f"{path}[]")


def test_a_plan_keeps_its_members(make_tree):
    """A member that is gone or has another name: a new number, here and in docs/kit.md, and a new list."""
    assert KEPT[0] == "schema=1"
    found = set()
    for gic in (2, 3):
        for text in SYSTEMS.values():
            plan = plan_of(make_tree(text, gic=gic))
            assert plan["schema"] == check_plan.SCHEMA == 1
            found |= set(members(plan))
    assert sorted(set(KEPT[1:]) - found) == []
    assert f"It is **{check_plan.SCHEMA}**." in (ROOT / "docs" / "kit.md").read_text()


def test_a_check_keeps_its_members(make_tree):
    text = system(domain("a", regions=[region("m", 0x7000_0000, 0x5000_0800, 0x1_0000)]), domain("b"))
    told = json.loads(isthmus("check", make_tree(text), "--json", status=1).stdout)
    assert told[0]["schema"] == 1
    kept = {"schema", "file", "errors", "warnings", "dropped", "findings", "findings[].severity", "findings[].rule"}
    assert kept <= set(members(told[0]))


def test_another_schema_is_not_read(make_tree):
    plan = plan_of(make_tree(SYSTEMS["three"]))
    plan["schema"] += 1
    assert list(check_plan.Checker(plan).findings()) == ["the plan has schema 2, not 1: nothing more can be said"]
