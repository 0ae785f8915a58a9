# SPDX-License-Identifier: Apache-2.0
"""The host program on trees for QEMU's machine. No guest runs here: the modules are any files."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "machine"), str(ROOT / "tools" / "plan")]
sys.dont_write_bytecode = True

import launch  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("ISTHMUS_HOST", ROOT / "build" / "host" / "isthmus"))


def isthmus(*arguments, status=0, **options):
    """Runs the program; its result, which must have this exit status."""
    done = subprocess.run([str(PROGRAM), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == status, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def plan_of(tree):
    return json.loads(isthmus("plan", tree, "--json").stdout)


@pytest.fixture(scope="session")
def machine_text(tmp_path_factory):
    """The trees of the machines used here, made once: (cpus, GIC version) to source."""
    made = {}

    def text(cpus=4, gic=3):
        if (cpus, gic) not in made:
            folder = tmp_path_factory.mktemp("machine")
            made[cpus, gic] = launch.Machine(cpus=cpus, gic=gic).base_tree(folder)
        return made[cpus, gic]

    return text


@pytest.fixture
def make_tree(tmp_path, machine_text):
    """make_tree(text, ...) writes the source and the blob of a boot tree; the blob's path."""
    count = 0

    def make(text, *, name=None, cpus=4, gic=3):
        nonlocal count
        count += 1
        module = tmp_path / "module"
        module.write_bytes(bytes(4096))

        names = sorted(set(re.findall(r"\$\{(\w+)\.", text)))
        placed = launch.Launch(launch.Machine(cpus=cpus, gic=gic), text, dict.fromkeys(names, module)).placements()
        filled = re.sub(r"\$\{(\w+)\.(address|size)\}",
                               lambda match: launch.cells(placed[match[1]][match[2] == "size"]), text)
        source = tmp_path / f"{name or f'tree{count}'}.dts"
        source.write_text(machine_text(cpus, gic) + "\n" + filled)
        blob = source.with_suffix(".dtb")
        launch.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(blob), str(source)])
        return blob

    return make
