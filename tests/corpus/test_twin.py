# SPDX-License-Identifier: Apache-2.0
"""Same tree, same findings, same digest: everything that tests here plan, planned by the hypervisor's own
objects at EL2 and by the host's. The two must agree in every letter, down to each guest's tree."""
import concurrent.futures
import pathlib
import sys

import pytest

import add_guests
import boards
import twin

sys.path.insert(0, str(boards.ROOT / "boards/qemu-virt"))
SEEDS = boards.ROOT / "tests/fuzz/corpus/trees"
PRESETS = ("arm64", "arm64-clang")


def seeds():
    """The first byte of a seed is the fuzzing target's own: an arena's size. Here each gets every size."""
    for path in sorted(SEEDS.iterdir()):
        yield f"seed {path.name}", path.read_bytes()[1:], twin.EVERY


def board_trees():
    for path in sorted(boards.BOARDS.resolve().rglob("*.dtb")):
        yield f"board {path.name}", add_guests.add_guests(path.read_bytes())[0], (
            twin.AS_HOST, twin.WITH_IMAGE, twin.KIB_256)


@pytest.fixture(scope="module")
def trees():
    return [tree for tree in [*seeds(), *board_trees()] if tree[1]]


@pytest.fixture(scope="module")
def said(trees, tmp_path_factory):
    """Who to what it said: "host", and the images by preset."""
    archive = tmp_path_factory.mktemp("twin") / "archive"
    twin.write_archive(archive, [(blob, settings) for _, blob, settings in trees])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = {preset: pool.submit(twin.at_el2, archive, preset) for preset in PRESETS}
        return {"host": twin.reports(twin.on_host(archive))} | {
            preset: twin.reports(run.result()) for preset, run in runs.items()}


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
    planned = sum(any(line.startswith("plan digest ") for line in lines) for lines in said["host"].values())
    assert planned > 50, "nothing is shown by trees that are all refused"


@pytest.mark.parametrize("preset", PRESETS)
def test_el2_says_what_the_host_says(trees, said, preset):
    assert not list(differences(trees, said["host"], said[preset]))[:20]


@pytest.mark.parametrize("setting", (twin.AS_HOST, twin.WITH_IMAGE))
def test_the_host_program_says_it_too(trees, said, setting, tmp_path):
    """`isthmus check`, with and without --image."""
    options = ["--image", f"{twin.IMAGE[0]:#x},{twin.IMAGE[1]:#x}"] if setting == twin.WITH_IMAGE else []
    files, wanted = [], []
    for number, (_, blob, _) in enumerate(trees):
        files.append(tmp_path / f"{number}.dtb")
        files[-1].write_bytes(blob)
        wanted.append([line for line in said["host"][number, setting]
                       if not line.startswith(("as text ", "tree of "))])
    found = list(twin.host_program(files, *options))
    wrong = [(tree[0], one, other) for tree, one, other in zip(trees, wanted, found, strict=True) if one != other]
    assert not wrong[:5]


def test_the_comparison_can_fail():
    names = [("a tree", b"", ())]
    left = twin.reports("tree 0 setting 0\nplan digest 12\nend of 1 trees\n")
    assert left == {(0, 0): ["plan digest 12"], None: ["end of 1 trees"]}
    assert not list(differences(names, left, dict(left)))
    for other in ("tree 0 setting 0\nplan digest 13\nend of 1 trees\n", "tree 0 setting 0\nplan digest 12\nend of 2 trees\n",
                  "tree 0 setting 0\nplan digest 12\n", "tree 0 setting 0\nend of 1 trees\n"):
        assert len(list(differences(names, left, twin.reports(other)))) == 1
