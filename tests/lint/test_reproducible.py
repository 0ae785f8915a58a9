# SPDX-License-Identifier: Apache-2.0
"""The image is the same, bit for bit, wherever and however often it is built. What would make two builds differ is in
the objects, so a few of them are compiled again, in a copy of the tree elsewhere."""
import json
import os
import shlex
import shutil
import subprocess

import pytest

import repository

ROOMS = ("arch", "core", "dom0less", "efi", "fdt", "include", "mm", "shm")
PRESETS = [preset for preset in ("arm64", "arm64-clang")
           if (repository.ROOT / "build" / preset / "compile_commands.json").exists()]
SEED = "-frandom-seed="
# With static functions, an anonymous namespace and templates; of both programs, and of each way to optimize.
LOOKED_AT = ("core/boot/boot.cpp", "fdt/blob.cpp", "dom0less/kernel/gzip/inflate.cpp", "arch/arm64/boot/c_library.cpp")


def commands(preset):
    return json.loads((repository.ROOT / "build" / preset / "compile_commands.json").read_text())


def words_of(command):
    words = shlex.split(command["command"])
    return words[1:] if words[0].endswith("ccache") else words


def object_of(command):
    words = words_of(command)
    return words[words.index("-o") + 1]


def compiled(command, root, without=()):
    """The object that the command makes of the tree in `root`, without those of its words that begin so."""
    here = str(repository.ROOT)
    words = [word.replace(here, str(root)) for word in words_of(command) if not word.startswith(without)]
    folder = command["directory"].replace(here, str(root))
    result = os.path.join(folder, object_of(command))
    os.makedirs(os.path.dirname(result), exist_ok=True)
    subprocess.run(words, cwd=folder, check=True, env=dict(os.environ, CCACHE_DISABLE="1"))
    with open(result, "rb") as file:
        return file.read()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Two copies of the sources, in folders whose names have different lengths."""
    roots = [tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("another-folder") / "deeper"]
    for root in roots:
        for room in ROOMS:
            shutil.copytree(repository.ROOT / room, root / room)
        (root / "build").mkdir()
        os.symlink(repository.ROOT / "build" / "packages", root / "build" / "packages")
        for preset in PRESETS:
            shutil.copytree(repository.ROOT / "build" / preset / "generated", root / "build" / preset / "generated")
    return roots


@pytest.mark.parametrize("preset", PRESETS)
def test_objects_are_the_same_elsewhere(elsewhere, preset):
    looked_at = [command for command in commands(preset)
                 if command["file"].removeprefix(f"{repository.ROOT}/") in LOOKED_AT]
    assert len(looked_at) >= len(LOOKED_AT)
    for command in looked_at:
        # An object of the link-time optimizer holds the command line, with its folders: those end there.
        first, second = (compiled(command, root, ("-flto",)) for root in elsewhere)
        assert first == second, f"{object_of(command)} depends on the folder"
        first, second = (compiled(command, elsewhere[0]) for _ in range(2))
        assert first == second, f"{object_of(command)} depends on chance"


def test_that_a_difference_is_seen(elsewhere):
    """Without its seed an object of the link-time optimizer is another one each time, and debug information names the
    folder unless that is mapped away."""
    command = next(command for command in commands("arm64") if command["file"].endswith("/core/boot/boot.cpp"))
    assert compiled(command, elsewhere[0], (SEED,)) != compiled(command, elsewhere[0], (SEED,))
    assert compiled(command, elsewhere[0], ("-flto", "-ffile-prefix")) != compiled(command, elsewhere[1], (
        "-flto", "-ffile-prefix"))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_object_has_its_seed(preset):
    """Its own: two objects with one seed could have one name for two things."""
    for command in commands(preset):
        if not command["file"].endswith(".S"):
            seeds = [word for word in words_of(command) if word.startswith(SEED)]
            assert seeds == [SEED + object_of(command)], command["file"]
