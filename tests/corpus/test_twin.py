# SPDX-License-Identifier: Apache-2.0
"""Same tree, same findings, same digest: everything that tests here plan, planned by the hypervisor's own
objects at EL2 and by the host's. The two must agree in every letter, down to each guest's tree."""
import concurrent.futures
import json

import pytest

import boards
import suite_trees
import twin
import check_plan

PRESETS = ("arm64", "arm64-clang")
pytestmark = pytest.mark.skipif(not boards.BOARDS.exists(), reason="no board trees: tools/fetch_packages.sh")


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Name, bytes, and the settings to plan it in. Boards' trees are large: little memory means another thing
    to them, and takes longer to find out."""
    folder = tmp_path_factory.mktemp("trees")
    kept = folder / "kept"
    kept.mkdir()
    small = [*suite_trees.seeds(), *suite_trees.unit_tests_trees(kept), *suite_trees.systems_trees(folder)]
    return ([(name, blob, twin.EVERY) for name, blob in small if blob] +
            [(name, blob, (twin.AS_HOST, twin.WITH_IMAGE, twin.KIB_256)) for name, blob in suite_trees.board_trees()])


@pytest.fixture(scope="module")
def said(trees, tmp_path_factory):
    """Who to what it said: "host", and the images by preset."""
    archive = tmp_path_factory.mktemp("twin") / "archive"
    twin.write_archive(archive, [(blob, settings) for _, blob, settings in trees])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = {preset: pool.submit(twin.at_el2, archive, preset) for preset in PRESETS}
        return {"host": twin.reports(twin.on_host(archive))} | {
            preset: twin.reports(run.result()) for preset, run in runs.items()}


def has_plan(lines):
    return any(line.startswith("plan digest ") for line in lines)


def differences(trees, left, right):
    """Where two say different things: the tree, the setting and the first lines that differ."""
    for key in left | right:
        one, other = left.get(key, ["nothing"]), right.get(key, ["nothing"])
        if one != other:
            name = f"{trees[key[0]][0]}, setting {key[1]}" if key else "the end"
            first = next((pair for pair in zip(one, other) if pair[0] != pair[1]), (len(one), len(other)))
            yield f"{name}: {first[0]} | {first[1]}"


def test_every_tree_is_planned(trees, said):
    assert said["host"][None] == [f"end of {len(trees)} trees"]
    wanted = {(number, setting) for number, (_, _, settings) in enumerate(trees) for setting in settings}
    assert said["host"].keys() - {None} == wanted
    assert sum(map(has_plan, said["host"].values())) > 1200, "nothing is shown by trees that are all refused"


def test_long_lines_are_among_them(trees, said):
    lines = [line for number, tree in enumerate(trees) if "long paths" in tree[0]
             for line in said["host"][number, twin.AS_HOST]]
    assert any(len(line) > 500 for line in lines)


@pytest.mark.parametrize("preset", PRESETS)
def test_el2_says_what_the_host_says(trees, said, preset):
    assert not list(differences(trees, said["host"], said[preset]))[:20]


@pytest.fixture(scope="module")
def files(trees, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for number, (_, blob, _) in enumerate(trees):
        (folder / f"{number}.dtb").write_bytes(blob)
    return [folder / f"{number}.dtb" for number in range(len(trees))]


@pytest.mark.parametrize("setting", (twin.AS_HOST, twin.WITH_IMAGE))
def test_the_host_program_says_it_too(trees, said, setting, files):
    """`isthmus check`, with and without --image."""
    options = ["--image", f"{twin.IMAGE[0]:#x},{twin.IMAGE[1]:#x}"] if setting == twin.WITH_IMAGE else []
    wanted = [[line for line in said["host"][number, setting] if not line.startswith(("as text ", "tree of "))]
              for number in range(len(trees))]
    found = twin.host_program(files, *options)
    wrong = [(tree[0], one, other) for tree, one, other in zip(trees, wanted, found, strict=True) if one != other]
    assert not wrong[:5]


def test_every_plan_is_proved_again(trees, said, files):
    """By tools/plan/check_plan.py, which knows the plan's JSON alone."""
    planned = [number for number in range(len(trees)) if has_plan(said["host"][number, twin.AS_HOST])]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        plans = pool.map(lambda number: boards.isthmus("plan", "--json", files[number]).stdout, planned)
        wrong = [(trees[number][0], found) for number, plan in zip(planned, plans)
                 if (found := list(check_plan.Checker(json.loads(plan)).findings()))]
    assert len(planned) > 580 and not wrong[:5]


def test_the_comparison_can_fail():
    names = [("a tree", b"", ())]
    left = twin.reports("tree 0 setting 0\nplan digest 12\nend of 1 trees\n")
    assert left == {(0, 0): ["plan digest 12"], None: ["end of 1 trees"]}
    assert not list(differences(names, left, dict(left)))
    tree = "tree 0 setting 0\n"
    for other in (f"{tree}plan digest 13\nend of 1 trees\n", f"{tree}plan digest 12\nend of 2 trees\n",
                  f"{tree}plan digest 12\n", f"{tree}end of 1 trees\n"):
        assert len(list(differences(names, left, twin.reports(other)))) == 1
