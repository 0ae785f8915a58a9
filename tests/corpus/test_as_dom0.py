# SPDX-License-Identifier: Apache-2.0
"""Dom0's tree for each board: the board's own, without what is not Dom0's."""
import subprocess
import sys

import pytest

import as_dom0
import boards
import flat_tree

sys.path.insert(0, str(boards.ROOT / "tools" / "plan"))
import check_plan  # noqa: E402

pytestmark = pytest.mark.skipif(not boards.BOARDS.exists(), reason="no board trees: tools/fetch_packages.sh")


@pytest.fixture(scope="module")
def outcomes():
    return as_dom0.run_all()


@pytest.fixture(scope="module")
def planned(outcomes):
    return [outcome for outcome in outcomes if outcome.plan]


def test_most_are_planned(outcomes, planned):
    assert len(planned) > 0.85 * len(outcomes)
    assert not [outcome.board for outcome in outcomes if outcome.status not in (0, 1)]
    assert not [outcome.board for outcome in outcomes
                if (outcome.status == 0) == any(finding["severity"] == "error" for finding in outcome.findings)]


def test_the_tree_of_dom0_is_the_boards(planned):
    assert not [f"{outcome.board}: {fault}" for outcome in planned for fault in outcome.faults]


def test_every_plan_is_proved_again(planned):
    wrong = [(outcome.board, found) for outcome in planned
             if (found := list(check_plan.Checker(outcome.plan).findings()))]
    assert not wrong[:5]


def test_the_page_is_true(outcomes):
    page = boards.PAGE.read_text()
    if f"`{boards.version()}`" not in page:
        pytest.skip("docs/boards.md was made with another version of the package")
    assert as_dom0.replace_table(page, as_dom0.table(outcomes)) == page, "run tests/corpus/as_dom0.py --write"


@pytest.mark.parametrize("target", ["plan", "guest_tree"])
def test_all_hold_under_sanitizers(outcomes, target, tmp_path):
    """As in test_boards.py."""
    program = boards.ROOT / f"build/host-fuzz/tests/fuzz/{target}_fuzz"
    if not program.exists():
        pytest.skip("no fuzzing targets: ./run test fuzz builds them")
    for number, outcome in enumerate(outcomes):
        (tmp_path / str(number)).write_bytes(b"\0" + outcome.blob)
    run = subprocess.run([program, "-runs=0", "-max_len=1048576", tmp_path], capture_output=True, text=True,
                         timeout=200, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert f"{len(outcomes)} files found" in run.stderr


HOST = {"/": {}, "/a": {"x": b"1", "iommus": b"2"}, "/a/b": {}, "/psci": {"compatible": b"arm,psci\0"},
        "/off": {}, "/off/below": {}}
PLAN = {"not_for_dom0": ["/off"], "machine": {"kept": []}}


def test_the_comparison_can_fail():
    good = {"/": {}, "/a": {"x": b"1"}, "/a/b": {}, "/psci": {}}
    assert not list(as_dom0.compare(HOST, good, PLAN))
    for wrong in ({"/a": {}}, {"/a": {"x": b"2"}}, {"/a": {"x": b"1", "y": b""}}, {"/new": {}}):
        assert len(list(as_dom0.compare(HOST, good | wrong, PLAN))) == 1
    assert list(as_dom0.compare(HOST, {"/": {}, "/a": {"x": b"1"}}, PLAN)) == ["/a/b is missing"]


def test_phandles_that_lead_nowhere_are_found():
    def number(value):
        return value.to_bytes(4, "big")

    host = {"/": {}, "/clock": {"phandle": number(1), "#clock-cells": number(1)}, "/b": {"phandle": number(2)},
            "/user": {"clocks": number(1) + number(2) + number(1) + number(9), "phy-handle": number(2)}}
    assert not list(as_dom0.dangling(host, host))
    found = list(as_dom0.dangling(host, {path: host[path] for path in ("/", "/clock", "/user")}))
    assert found == [("phy-handle", "a device that Dom0 has not", "/user")]
    assert flat_tree.texts(b"a\0bc\0") == ["a", "bc"]
