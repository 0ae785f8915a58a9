# SPDX-License-Identifier: Apache-2.0
"""`isthmus convert`: numbered regions become named ones, and nothing else changes."""
import os
import re
import struct
import subprocess

import pytest

from conftest import PROGRAM, isthmus, plan_of
from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000


def both(*regions):
    return system(domain("a", regions=regions), domain("b", regions=regions))


NUMBERED = both(region(7, HOST, GUEST, SIZE))
NAMED = both(region("7", HOST, GUEST, SIZE))
SYSTEMS = {
    "one": NUMBERED,
    "large number": both(region(0xffff_ffff, HOST, GUEST, SIZE)),
    "zero": both(region(0, HOST, GUEST, SIZE)),
    "mixed": both(region(7, HOST, GUEST, SIZE), region("mailbox", HOST + SIZE, GUEST + SIZE, SIZE)),
    "two": both(region(7, HOST, GUEST, SIZE), region(70, HOST + SIZE, GUEST + SIZE, 2 * SIZE)),
    "owner and reader": system(
        domain("a", regions=[region(7, HOST, GUEST, SIZE, extra='role = "owner"; isthmus,presentation = "pmem";')]),
        domain("b", regions=[region(7, HOST, GUEST, SIZE, extra='isthmus,access = "ro";')])),
    "windows": system(
        domain("a", regions=[region(7, HOST, GUEST, SIZE)]),
        domain("b", regions=[region(7, HOST, GUEST, 4096, extra="isthmus,offset = <0x0 0x2000>;")])),
}


def converted(tree, ending="dtb"):
    target = tree.with_name(f"converted.{ending}")
    isthmus("convert", tree, "-o", target)
    return target


def source_of(blob):
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", blob], check=True, capture_output=True,
                          text=True).stdout


def without_ids(plan):
    """The plan, and what its regions are called."""
    ids = [(one.pop("id"), one.pop("id_cell"), one.pop("dialect")) for one in plan["regions"]]
    del plan["digest"], plan["arena_used"]
    return plan, ids


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("ending", ("dtb", "dts"))
def test_the_plan_is_the_same_but_for_the_id(make_tree, name, ending):
    before = make_tree(SYSTEMS[name])
    after = converted(before, ending)
    assert isthmus("check", after, "--strict").stdout == ""
    plan, ids = without_ids(plan_of(before))
    new_plan, new_ids = without_ids(plan_of(after))
    assert plan == new_plan
    assert any(dialect == "cell" for _, _, dialect in ids)
    assert all(cell == (int(which) if dialect == "cell" else 0) for which, cell, dialect in ids)
    assert new_ids == [(str(which), 0, "text") for which, _, _ in ids]


@pytest.mark.parametrize("name", SYSTEMS)
def test_once_is_enough(make_tree, name):
    once = converted(make_tree(SYSTEMS[name]))
    twice = once.with_name("twice.dtb")
    done = isthmus("convert", once, "-o", twice)
    assert twice.read_bytes() == once.read_bytes()
    assert "has a number; the tree is unchanged" in done.stderr


def test_what_is_told(make_tree, tmp_path):
    tree = make_tree(SYSTEMS["mixed"])
    done = isthmus("convert", tree, "-o", tmp_path / "new.dtb")
    assert done.stderr.splitlines()[:2] == [f'/chosen/{name}/shared@50000000: <0x7> is "7" now' for name in "ab"]
    assert done.stderr.splitlines()[2].startswith("2 nodes converted")
    assert not done.stdout
    piped = subprocess.run([PROGRAM, "convert", tree], capture_output=True)
    assert piped.stdout == (tmp_path / "new.dtb").read_bytes() and piped.stderr.decode() == done.stderr


def header(blob):
    names = ("magic", "size", "struct", "strings", "reserve", "version", "last", "boot_cpu")
    return dict(zip(names, struct.unpack(">8I", blob.read_bytes()[:32])))


def test_all_else_stays(make_tree, tmp_path):
    source = make_tree(NUMBERED).with_suffix(".dts").read_text()
    source = re.sub(r"/dts-v1/;", "/dts-v1/;\n/memreserve/ 0x41000000 0x2000;\n/memreserve/ 0x42000000 0x1000;",
                    source, count=1)
    before = tmp_path / "reserved.dtb"
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-b", "3", "-o", before], input=source, text=True, check=True)
    after = converted(before)
    old, new = source_of(before), source_of(after)
    assert old.count("/memreserve/") == 2 and header(before)["boot_cpu"] == header(after)["boot_cpu"] == 3
    old_lines, new_lines = old.splitlines(), new.splitlines()
    assert len(old_lines) == len(new_lines)
    changed = [(left.strip(), right.strip()) for left, right in zip(old_lines, new_lines) if left != right]
    assert changed == 2 * [
        ("xen,shm-id = <0x07>;", 'xen,shm-id = "7";'),
        ("xen,shared-mem = <0x00 0x70000000 0x00 0x10000 0x00 0x50000000>;",
         "xen,shared-mem = <0x00 0x70000000 0x00 0x50000000 0x00 0x10000>;")]
    done = isthmus("convert", before, "-o", tmp_path / "reserved.dts")
    assert (tmp_path / "reserved.dts").read_text().count("/memreserve/") == 2
    assert "boot CPU" in done.stderr


def test_a_tree_without_numbers_is_copied(make_tree, tmp_path):
    tree = make_tree(NAMED)
    done = isthmus("convert", tree, "-o", tmp_path / "copy.dtb")
    assert (tmp_path / "copy.dtb").read_bytes() == tree.read_bytes()
    assert "the tree is unchanged" in done.stderr


def test_in_place(make_tree):
    tree = make_tree(NUMBERED)
    expected = converted(tree).read_bytes()
    isthmus("convert", tree, "-o", tree)
    assert tree.read_bytes() == expected


def test_a_number_whose_name_is_taken(make_tree):
    first, second = region("7", HOST, GUEST, SIZE), region("7-1", HOST + SIZE, GUEST + SIZE, SIZE)
    tree = make_tree(both(first, second, region(7, HOST + 2 * SIZE, GUEST + 2 * SIZE, SIZE)))
    after = converted(tree)
    assert isthmus("check", after, "--strict").stdout == ""
    assert [one["id"] for one in plan_of(after)["regions"]] == ["7", "7-1", "7-2"]


def test_cells_of_each_domain(make_tree):
    """One domain counts its addresses in one cell, its sizes in two."""
    narrow = region(7, HOST, GUEST, SIZE).replace(
        "<0x0 0x70000000 0x0 0x10000 0x0 0x50000000>", "<0x70000000 0x0 0x10000 0x50000000>")
    text = system(domain("a", regions=[region(7, HOST, GUEST, SIZE)]), domain("b", kernel=None, regions=[
        """module@0 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0x48400000 0x0 0x1000>; };""",
        narrow]).replace("#address-cells = <2>", "#address-cells = <1>"))
    tree = make_tree(text)
    assert plan_of(converted(tree))["regions"][0]["borrowers"] == plan_of(tree)["regions"][0]["borrowers"]
    assert "<0x70000000 0x50000000 0x00 0x10000>" in source_of(converted(tree))


def test_dom0s_side_is_converted_too(make_tree):
    side = region(7, HOST, GUEST, SIZE)
    tree = make_tree(NUMBERED.replace("chosen {", f"chosen {{ #address-cells = <2>; #size-cells = <2>; {side}", 1))
    assert source_of(converted(tree)).count('xen,shm-id = "7";') == 3


@pytest.mark.parametrize("old, new, rule", [
    ("0x0 0x70000000 0x0 0x10000 0x0 0x50000000", "0x70000000 0x10000 0x50000000", "shm-range-length"),
    ("0x0 0x50000000>", "0x0 0x50000800>", "shm-align"),
    ("#address-cells = <2>;", "", "shm-cells"),
])
def test_an_error_in_a_node_writes_nothing(make_tree, tmp_path, old, new, rule):
    text = NUMBERED.replace(old, new, 1)
    assert text != NUMBERED
    done = isthmus("convert", make_tree(text), "-o", tmp_path / "new.dtb", status=1)
    assert f"error[{rule}] /chosen/a/shared@50000000" in done.stderr and "nothing was written" in done.stderr
    assert not (tmp_path / "new.dtb").exists()
    assert not done.stdout


def test_an_error_elsewhere_does_not_matter(make_tree):
    tree = make_tree(NUMBERED.replace("cpus = <1>", "cpus = <0>", 1))
    assert isthmus("check", converted(tree), status=1).stdout == isthmus("check", tree, status=1).stdout


def test_a_file_that_is_no_tree(tmp_path):
    none = tmp_path / "none.dtb"
    none.write_bytes(bytes(64))
    assert "error[fdt-malformed]" in isthmus("convert", none, "-o", tmp_path / "new.dtb", status=1).stderr
    assert os.listdir(tmp_path) == ["none.dtb"]


def test_a_digest_that_no_longer_fits_is_told(make_tree, tmp_path):
    digest = plan_of(make_tree(NUMBERED))["digest"]
    tree = make_tree(NUMBERED.replace("chosen {", f'chosen {{ isthmus,plan-digest = "{digest}";', 1))
    isthmus("check", tree, "--strict")
    done = isthmus("convert", tree, "-o", tmp_path / "new.dtb")
    assert f"that of the new tree is {plan_of(make_tree(NAMED))['digest']}" in done.stderr
    assert "error[plan-digest]" in isthmus("check", tmp_path / "new.dtb", status=1).stdout
