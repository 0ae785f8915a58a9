# SPDX-License-Identifier: Apache-2.0
"""The trees nobody here wrote: all are read, what is planned lies where it may, and what the machine
is said to have is what a second reading (add_guests.py, over Debian's libfdt) finds too."""
import re
import subprocess

import libfdt
import pytest

import add_guests
import boards

pytestmark = pytest.mark.skipif(not boards.BOARDS.exists(), reason="no board trees: tools/fetch_packages.sh")

ROW = re.compile(r"^0x([0-9a-f]+)-0x([0-9a-f]+) +\d+ \S+ +(\w+)", re.MULTILINE)
# Uses of host RAM that firmware's own ranges must never meet.
GIVEN_AWAY = ("RAM", "heap", "shared")


@pytest.fixture(scope="module")
def outcomes():
    return boards.run_all()


@pytest.fixture(scope="module")
def planned(outcomes):
    return [outcome for outcome in outcomes if outcome.status == 0]


def complaints(outcomes, wrong):
    """One line for each outcome of which `wrong` has something to say."""
    return [f"{outcome.board}: {what}" for outcome in outcomes if (what := wrong(outcome))]


def bad_ending(outcome):
    """A refused tree has an error; one that is not has none. Anything else is a fault."""
    errors = outcome.rules("error")
    other = [line for line in outcome.output.splitlines() if not boards.FINDING.match(line)]
    if outcome.status not in (0, 1) or (outcome.status == 1) != bool(errors) or other:
        return f"status {outcome.status}, {outcome.output[:300]}"
    return ""


def merged(ranges):
    result = []
    for start, end in sorted(ranges):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def ram(fdt):
    sizes = add_guests.cells(fdt, 0, "#address-cells", 2), add_guests.cells(fdt, 0, "#size-cells", 1)
    banks = merged((start, start + size) for node in add_guests.memory_nodes(fdt)
                   for start, size in add_guests.reg(fdt, node, *sizes) if size)
    return [(-(-start // 4096) * 4096, end // 4096 * 4096) for start, end in banks]


def host_rows(plan):
    return [(int(start, 16), int(end, 16), use) for start, end, use in ROW.findall(plan[plan.index("\nhost RAM"):])]


def wrong_ram(outcome):
    rows = host_rows(outcome.plan)
    says = merged((start, end) for start, end, _ in rows)
    tree = ram(libfdt.Fdt(outcome.blob))
    overlap = any(first[1] > second[0] for first, second in zip(rows, rows[1:]))
    return f"plan {says}, tree {tree}" if says != tree or overlap else ""


def meets_firmware(outcome):
    taken = add_guests.taken(libfdt.Fdt(outcome.blob))
    return [f"{use} {start:x}-{end:x} meets {low:x}+{size:x}"
            for start, end, use in host_rows(outcome.plan) if use in GIVEN_AWAY
            for low, size in taken if start < low + size and low < end]


def wrong_machine(outcome):
    fdt = libfdt.Fdt(outcome.blob)
    cpus = sum(add_guests.text(fdt, node, "device_type") == b"cpu" and
               add_guests.text(fdt, node, "status") in (b"", b"ok", b"okay")
               for node in add_guests.children(fdt, fdt.path_offset("/cpus")))
    version = 3 if b"arm,gic-v3\0" in outcome.blob else 2
    says = tuple(map(int, boards.HEAD.search(outcome.plan).groups()))
    return f"plan {says}, tree {(cpus, version)}" if says != (cpus, version) else ""


def test_all_are_read(outcomes):
    assert len(outcomes) > 500, "the package has lost its trees"
    assert not complaints(outcomes, bad_ending)


def test_most_are_planned(outcomes, planned):
    assert len(planned) > 0.85 * len(outcomes)


def test_each_refusal_has_a_known_reason(outcomes):
    assert not complaints(outcomes, lambda outcome: outcome.rules("error") - boards.REASONS.keys())


def test_the_plan_covers_the_ram_of_the_tree(planned):
    assert not complaints(planned, wrong_ram)


def test_nothing_of_the_firmware_is_given_away(planned):
    assert not complaints(planned, meets_firmware)


def test_cpus_and_gic_are_those_of_the_tree(planned):
    assert not complaints(planned, wrong_machine)


@pytest.mark.parametrize("target", ["tree", "plan", "guest_tree"])
def test_all_hold_under_sanitizers(outcomes, target, tmp_path):
    """Each tree as an input of a fuzzing target, with what that one requires of every input."""
    program = boards.ROOT / f"build/host-fuzz/tests/fuzz/{target}_fuzz"
    if not program.exists():
        pytest.skip("no fuzzing targets: ./run test fuzz builds them")
    for number, outcome in enumerate(outcomes):
        (tmp_path / str(number)).write_bytes(b"\0" + outcome.blob)
    run = subprocess.run([program, "-runs=0", "-max_len=1048576", tmp_path], capture_output=True, text=True,
                         timeout=200, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert f"{len(outcomes)} files found" in run.stderr


def test_the_page_is_true(outcomes):
    page = boards.PAGE.read_text()
    if f"`{boards.version()}`" not in page:
        pytest.skip("docs/boards.md was made with another version of the package")
    assert boards.replace_table(page, boards.table(outcomes)) == page, "run tests/corpus/boards.py --write"


def test_the_checks_can_fail():
    good = "\nhost RAM\n0x1000-0x2000 4 KiB heap x\n0x2000-0x3000 4 KiB RAM x\n"
    assert host_rows(good) == [(0x1000, 0x2000, "heap"), (0x2000, 0x3000, "RAM")]
    assert merged([(4, 6), (1, 2), (2, 3)]) == [(1, 3), (4, 6)]
    assert bad_ending(boards.Outcome("b", b"", "tree", -11))
    assert bad_ending(boards.Outcome("b", b"", "tree", 1))
    assert bad_ending(boards.Outcome("b", b"", "tree", 0, "error[host-no-gic] /: none"))
    assert not bad_ending(boards.Outcome("b", b"", "tree", 1, "error[host-no-gic] /: none"))
