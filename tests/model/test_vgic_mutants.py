# SPDX-License-Identifier: Apache-2.0
"""The exploration of the virtual GIC (tests/model/vgic) finds faults that are put in on purpose."""
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from mutants import MUTANTS  # noqa: E402

COMPILE = ["g++", "-std=c++23", "-O1", "-Wno-attributes", f"-I{ROOT}", f"-I{ROOT}/include", "-c"]
STATES = "150000"  # of each setup; a fault shows early, as the search is breadth first


def compiled(source: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    subprocess.run([*COMPILE, str(source), "-o", str(target)], check=True)
    return target


def linked(objects: list[pathlib.Path], target: pathlib.Path) -> pathlib.Path:
    subprocess.run(["g++", *map(str, objects), "-o", str(target)], check=True)
    return target


def first_wrong(program: pathlib.Path) -> str | None:
    """What the first setup says that finds something."""
    setups = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    for setup in setups:
        done = subprocess.run([program, setup, STATES], capture_output=True, text=True)
        if done.returncode != 0:
            return done.stdout or f"{setup}: ended with {done.returncode}"
    return None


@pytest.fixture(scope="module")
def objects(tmp_path_factory) -> dict[str, pathlib.Path]:
    folder = tmp_path_factory.mktemp("vgic")
    sources = [path for path in (*ROOT.glob("core/arm/vgic/*.cpp"), *ROOT.glob("tests/model/vgic/*.cpp"))
               if path.name != "mmio.cpp"]  # which ties it to a domain's devices
    return {source.name: compiled(source, folder / f"{source.stem}-{number}.o")
            for number, source in enumerate(sources)}


def test_without_a_fault_nothing_is_found(objects, tmp_path):
    assert first_wrong(linked(list(objects.values()), tmp_path / "model")) is None


@pytest.mark.parametrize("name, file, there, instead", MUTANTS, ids=[each[0] for each in MUTANTS])
def test_is_found(objects, tmp_path, name, file, there, instead):
    text = (ROOT / "core" / "arm" / "vgic" / file).read_text()
    assert text.count(there) == 1, f"{file} has changed: mend the mutant"
    mutant = tmp_path / file
    mutant.write_text(text.replace(there, instead))
    with_fault = {**objects, file: compiled(mutant, tmp_path / "mutant.o")}
    wrong = first_wrong(linked(list(with_fault.values()), tmp_path / "model"))
    assert wrong, f"not found: {name}"
    print(f"{name}: {wrong.splitlines()[1] if len(wrong.splitlines()) > 1 else wrong}")
