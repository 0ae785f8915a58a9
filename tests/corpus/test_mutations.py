# SPDX-License-Identifier: Apache-2.0
"""Trees that are nearly right: those of QEMU's machine and of boards, with guests, devices and Dom0, changed in ways
that mean something (semantic_changes.py). Each is refused with an error, or planned; and of each plan holds what
tools/plan/check_plan.py proves of it alone, and what accepted.py reads in the tree.

    ISTHMUS_MUTATIONS=100000 ISTHMUS_SEED=7 /usr/bin/python3 -m pytest -q tests/corpus/test_mutations.py"""
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import subprocess

import pytest

import add_guests
import boards
import semantic_changes
import suite_trees
from accepted import Accepted
from semantic_tree import Node, Tree, ranges

import check_plan

COUNT = int(os.environ.get("ISTHMUS_MUTATIONS", "3000"))
SEED = int(os.environ.get("ISTHMUS_SEED", "1"))
TOOLS = boards.ROOT / "tests/tools"
FINDING = re.compile(r"^(error|warning)\[([a-z0-9-]+)\] ", re.MULTILINE)
pytestmark = pytest.mark.skipif(not boards.BOARDS.exists(), reason="no board trees: tools/fetch_packages.sh")


def compiled(text, path):
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path], input=text, text=True, check=True)
    return path.read_bytes()


GICV2 = """/ { interrupt-controller@8000000 { compatible = "arm,gic-400";
    reg = <0x8000000 0x1000>, <0x8010000 0x2000>, <0x8020000 0x2000>, <0x8040000 0x2000>; };
    rtc@9020000 { compatible = "arm,pl031"; reg = <0x9020000 0x1000>; interrupts = <0 3 4>; };
    iommu@9060000 { compatible = "arm,smmu-v3"; reg = <0x9060000 0x20000>; #iommu-cells = <1>; }; };"""
DOM0 = """/ { chosen { xen,xen-bootargs = "dom0_mem=64M dom0_max_vcpus=1"; kernel@49000000 {
    compatible = "multiboot,kernel", "multiboot,module"; reg = <0x49000000 0x100800>; }; }; };"""
HEAP = "/ { chosen { xen,static-heap = <0x50000000 0x8000000>; }; };"


def with_devices(folder):
    """Guests that are assigned devices of a machine: (name, tree, words for the host program)."""
    texts = {name: (TOOLS / f"explain{name}.dts").read_text() for name in ("", "_devices", "_partial")}
    words = []
    for at in ("4a", "4b", "4c"):
        module = folder / f"{at}000000.dtb"
        more = "" if at == "4a" else '/ { passthrough { /delete-node/ ethernet@b000000; }; };'
        compiled(texts["_partial"] + more, module)
        words += ["--module", f"0x{at}000000={module}"]
    for name, more in (("GICv3", ""), ("GICv2", GICV2), ("Dom0", DOM0), ("Dom0 on GICv2", GICV2 + DOM0), ("heap", HEAP)):
        tree = compiled(texts[""] + texts["_devices"] + more, folder / "base.dtb")
        yield f"devices, {name}", tree, words


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """(name, tree, words) of what can be planned as it is."""
    folder = tmp_path_factory.mktemp("bases")
    found = [each for each in with_devices(folder) for _ in range(6)]
    found += [(name, blob, []) for name, blob in suite_trees.systems_trees(folder)]
    paths = sorted(boards.BOARDS.resolve().rglob("*.dtb"), key=lambda path: path.stat().st_size)
    for number, path in enumerate(paths[:200:4]):
        make = add_guests.add_dom0 if number % 3 == 0 else add_guests.add_guests
        found.append((path.name, make(path.read_bytes())[0], []))
    return [base for base in found if base[1]]


def run(words, blob, path):
    path.write_bytes(blob)
    return subprocess.run([boards.PROGRAM, "plan", "--json", path, *words], capture_output=True, timeout=60, check=False)


def judge(tree, done):
    """What is wrong with the answer; and whether there was a plan."""
    says = done.stderr.decode("latin-1")
    rules = collections.defaultdict(set)
    for severity, rule in FINDING.findall(says):
        rules[severity].add(rule)
    is_refused = bool(rules["error"]) or "the tree has no module at" in says  # which it was given a file for
    if done.returncode not in (0, 1) or (done.returncode == 1) != is_refused:
        return [f"status {done.returncode}: {says[-300:]}"], False
    if done.returncode:
        return [], False
    plan = json.loads(done.stdout.decode("latin-1"))
    return list(check_plan.Checker(plan).findings()) + list(Accepted(tree, plan, rules["warning"]).findings()), True


def change_module(words, tree, source, path):
    """The partial tree of guest-a is changed instead of the boot tree: what was done, and the words with it."""
    _, _, known = words[1].partition("=")
    partial = Tree(pathlib.Path(known).read_bytes(), ranges(tree))
    changes = semantic_changes.change(partial, source)
    path.write_bytes(partial.blob())
    return changes, [words[0], words[1].replace(known, str(path)), *words[2:]]


def mutate(bases, numbers, folder):
    """Planned trees by name of change, and what was wrong."""
    planned, wrong = collections.Counter(), []
    for number in numbers:
        source = random.Random(f"{SEED} {number}")
        name, blob, words = source.choice(bases)
        tree, path = Tree(blob), folder / f"{number}.dtb"
        if words and source.random() < 0.4:
            changes, words = change_module(words, tree, source, folder / f"{number}.module.dtb")
        else:
            changes = semantic_changes.change(tree, source)
        found, is_planned = judge(tree, run(words, tree.blob(), path))
        planned.update(set(changes) if is_planned else ())
        planned["all"] += is_planned
        if found:
            wrong.append(f"{number}: {name} after {', '.join(changes)}: {found[:3]}")
        else:
            path.unlink()
            path.with_suffix(".module.dtb").unlink(missing_ok=True)
    return planned, wrong


@pytest.fixture(scope="module")
def outcome(bases, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutations")
    if keep := os.environ.get("ISTHMUS_KEEP_TREES"):
        folder = pathlib.Path(keep)
    workers = 2 if COUNT > 200 else 1
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        parts = [pool.submit(mutate, bases, range(each, COUNT, workers), folder) for each in range(workers)]
        results = [part.result() for part in parts]
    return sum((planned for planned, _ in results), collections.Counter()), [line for _, lines in results for line in lines]


def test_bases_are_as_they_were(bases, tmp_path):
    """Taken apart and put together again, a tree means the same; most can be planned."""
    planned = 0
    for name, blob, words in bases[::7]:
        tree = Tree(blob)
        first, second = run(words, blob, tmp_path / "tree.dtb"), run(words, tree.blob(), tmp_path / "tree.dtb")
        assert (first.returncode, first.stdout) == (second.returncode, second.stdout), name
        assert judge(tree, second)[0] == [], name
        planned += first.returncode == 0
    assert planned > len(bases[::7]) / 2


def test_what_is_accepted_is_right(outcome):
    planned, wrong = outcome
    print(dict(planned))
    assert not wrong, "\n" + "\n".join(wrong[:20])
    assert planned["all"] > COUNT / 5, "nothing is shown by trees that are all refused"


def test_every_change_leaves_some_that_are_planned(outcome):
    names = {change.__name__ for change in semantic_changes.CHANGES}
    assert COUNT < 1000 or names <= outcome[0].keys(), names - outcome[0].keys()


WRONG = {
    "GICV over GICC": lambda tree: reg_of(tree, "interrupt-controller@8000000", 24, 0x801_1000),
    "GICV over the console": lambda tree: reg_of(tree, "interrupt-controller@8000000", 24, 0x8FF_F000),
    "two guests of one name": lambda tree: tree.chosen().children.append(Node("guest-a")),
    "a reservation": lambda tree: tree.reservations.append((0x7000_0000, 0x1000)),
    "fewer vCPUs": lambda tree: node_of(tree, "guest-b").properties.update(cpus=bytes([0, 0, 0, 2])),
}


def node_of(tree, name):
    return next(node for node in tree.root.walk() if node.name == name)


def reg_of(tree, name, at, value):
    data = node_of(tree, name).properties["reg"]
    node_of(tree, name).properties["reg"] = data[:at] + value.to_bytes(4, "big") + data[at + 4:]


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_seen(tmp_path, name):
    """A plan of one tree is none of another."""
    _, blob, words = list(with_devices(tmp_path))[1]
    tree = Tree(blob)
    done = run(words, blob, tmp_path / "tree.dtb")
    assert judge(tree, done) == ([], True)
    WRONG[name](tree)
    assert judge(tree, done)[0]
