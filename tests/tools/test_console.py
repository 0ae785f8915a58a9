# SPDX-License-Identifier: Apache-2.0
"""What programs make of the console's text: tools/demo/console.py."""
import sys

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools" / "demo"))
import console  # noqa: E402

BROKEN = "\x1b[0K\r"  # as core/console.cpp ends a piece


def test_a_piece_that_comes_again_is_left_out():
    shown = ["a| dump: 00", f"a| dump: 11{BROKEN}", "isthmus| b stopped\r", "a| dump: 1122\r", f"a| {BROKEN}"]
    assert console.whole_lines(shown) == ["a| dump: 00", "isthmus| b stopped", "a| dump: 1122"]
    assert console.guest_texts(console.whole_lines(shown), "a") == ["dump: 00", "dump: 1122"]


def test_a_guests_own_control_sequences_end_no_piece():
    assert console.whole_lines(["a| \x1b[1mbold\x1b[K\r", "a| bold\r"]) == ["a| bold", "a| bold"]
