# SPDX-License-Identifier: Apache-2.0
"""What programs make of the console's text: tools/demo/console.py."""
import sys

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools" / "demo"))
import console  # noqa: E402

BROKEN = "\x1b[0K\r"  # as core/console/console.cpp ends a piece


def test_a_piece_that_comes_again_is_left_out():
    shown = ["a| dump: 00", f"a| dump: 11{BROKEN}", "isthmus| b stopped\r", "a| dump: 1122\r", f"a| {BROKEN}"]
    assert console.whole_lines(shown) == ["a| dump: 00", "isthmus| b stopped", "a| dump: 1122"]
    assert console.guest_texts(console.whole_lines(shown), "a") == ["dump: 00", "dump: 1122"]


def test_a_line_that_was_edited_is_its_last_form():
    shown = ["a| # lx\x1b[0K\r\x1b[Ka| # l\b\b\x1b[0K\r\x1b[Ka| # ls\r", "a| \x1b[0K\r\x1b[Ka| # \x1b[0K\r"]
    assert console.whole_lines(shown) == ["a| # ls"]


def test_a_line_that_was_cut_is_one_line():
    shown = ["a| one", "b| two", "a|+ and", "b|+three", "a|+ more", "a| +", "a|"]
    assert console.guest_texts(shown, "a") == ["one and more", "+", ""]
    assert console.guest_texts(shown, "b") == ["twothree"]


def test_bytes_that_are_shown_in_digits():
    assert console.decoded("<1b>[2J <1b<3e> <1B> \u00fc<ff>") == b"\x1b[2J <1b> <1B> \xc3\xbc\xff"


def test_a_guests_own_control_sequences_end_no_piece():
    assert console.whole_lines(["a| \x1b[1mbold\x1b[K\r", "a| bold\r"]) == ["a| bold", "a| bold"]
