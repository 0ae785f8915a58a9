# SPDX-License-Identifier: Apache-2.0
"""What compares must see: a difference, a row that covers nothing, lines that were lost."""
import cases
import hypervisors
import intended
import observed
import pytest
import recorded

TABLE = """
| where | what | Xen | Isthmus | why |
| --- | --- | --- | --- | --- |
| `one/*` | `a.*` `b` | `1` | `*` | a reason of some length |

| property | what |
| --- | --- |
| `b` | not of that table |
"""


def unexplained(xen: dict[str, str], isthmus: dict[str, str], where: str = "one/guest"):
    account = intended.Account(intended.rows(TABLE))
    left = account.unexplained(intended.differences(where, xen, isthmus))
    return [difference.what for difference in left], account.stale()


def test_equal_facts_leave_only_stale_rows():
    left, stale = unexplained({"a.1": "1", "b": "1"}, {"a.1": "1", "b": "1"})
    assert left == [] and len(stale) == 2


def test_a_covered_difference_is_meant_and_needs_its_pattern_alone():
    left, stale = unexplained({"a.1": "1"}, {"a.1": "2"})
    assert left == [] and len(stale) == 1 and "`b`" in stale[0]


@pytest.mark.parametrize(("xen", "isthmus", "where"), [
    ({"c": "1"}, {"c": "2"}, "one/guest"),  # another fact
    ({"b": "2"}, {"b": "3"}, "one/guest"),  # another value of Xen's
    ({"b": "1"}, {"b": "2"}, "two/guest"),  # another case
    ({}, {"b": "1"}, "one/guest"),  # absent is a value of its own
    ({"xa.1": "1"}, {"xa.1": "2"}, "one/guest"),  # a pattern is the whole name
])
def test_any_other_difference_fails(xen, isthmus, where):
    left, _ = unexplained(xen, isthmus, where)
    assert left == [*(xen | isthmus)]


def test_memory_is_nearly_the_same():
    assert unexplained({"memory.MemTotal": "234144 kB"}, {"memory.MemTotal": "234140 kB"})[0] == []
    assert unexplained({"memory.MemTotal": "234144 kB"}, {"memory.MemTotal": "233000 kB"})[0] == ["memory.MemTotal"]
    assert unexplained({"memory.MemTotal": "234144 kB"}, {})[0] == ["memory.MemTotal"]


def test_only_the_star_is_special():
    assert intended.fits("tree/a@*:#cells", "tree/a@1:#cells")
    assert not intended.fits("a.1", "ab1") and not intended.fits("[ab]", "a") and intended.fits("<*>", "<0x1 0x2>")


@pytest.mark.parametrize("row", ["| `*` | a | `1` | `2` | without backticks there is no pattern |",
                                 "| `*` | `a` | `1` | `2` | short |", "| `*` | `a` | `1` | a cell is missing here |"])
def test_a_malformed_row_is_an_error(row):
    with pytest.raises(ValueError, match="is no row"):
        intended.rows(TABLE.replace("\n\n| prop", f"\n{row}\n\n| prop"))


def test_the_page_has_a_table_and_no_row_twice():
    rows = intended.rows(intended.PAGE.read_text())
    assert len(rows) > 30
    keys = [(where, what, row.xen, row.isthmus) for row in rows for where in row.where for what in row.what]
    assert len(keys) == len(set(keys))


def test_each_row_is_about_a_case_that_there_is():
    names = [f"{case.name}/{guest}" for case in cases.ALL for guest in case.guests]
    names += [f"{case.name}/{guest}" for case in recorded.ALL for guest in case.files]
    rows = intended.rows(intended.PAGE.read_text())
    nowhere = [pattern for row in rows for pattern in row.where
               if not any(intended.fits(pattern, name) for name in names)]
    assert not nowhere


def test_facts_that_did_not_arrive_are_missed():
    lines = ["facts begin", "fact register.3_0_0_4_0 0x21", "fact hvc.a 0x1", "facts end 2"]
    found = {key: value for key, value in observed.bare_facts([*lines[:3], tree_line(), lines[3]]).items()
             if not key.startswith("tree")}
    assert found["register.ID_AA64PFR0_EL1.0"] == "0x1" and found["register.ID_AA64PFR0_EL1.4"] == "0x2"
    assert found["hvc.a"] == "0x1" and len(found) == 18
    with pytest.raises(AssertionError, match="2 facts were printed, 1 arrived"):
        observed.bare_facts([lines[0], lines[1], tree_line(), lines[3]])


def tree_line() -> str:
    import libfdt

    return "tree " + bytes(libfdt.Fdt.create_empty_tree(256).as_bytearray()).hex()


def test_xen_s_guests_are_told_apart():
    text = "(XEN) DOM2: two\r\nfile a (XEN) DOM1: one\r\nQUJD\r\n(XEN) something\r\n"
    assert hypervisors.Xen().lines(text, ["Dom0", "a", "b"]) == {"Dom0": ["file a QUJD"], "a": ["one"], "b": ["two"]}


def test_a_refusal_is_told_from_a_boot():
    text = "isthmus| error[dom-cpus] /chosen/a cpus: 0\nisthmus| 1 errors, 0 warnings\n"
    assert not hypervisors.Isthmus().refusal(text)
    refused = hypervisors.Isthmus().refusal(text + "isthmus| nothing is started: the findings above say why\n")
    assert len(refused) == 1 and "dom-cpus" in refused[0]
    panic = "(XEN) ****\n(XEN) Panic on CPU 0:\n(XEN) No memory for dom0\n"
    assert hypervisors.Xen().refusal(panic) == ["No memory for dom0"]


def test_names_of_cases_are_distinct():
    names = [case.name for case in cases.ALL]
    assert len(names) == len(set(names))
