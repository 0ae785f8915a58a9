# SPDX-License-Identifier: Apache-2.0
"""The exploration of event channels (tests/model/ports) finds nothing in the code as it is, and faults that are put
in on purpose."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from ports_mutants import MUTANTS  # noqa: E402

MODEL = ROOT / "tests/model/ports"
XEN = ROOT / "core/arm/xen"
SOURCES = [*MODEL.glob("*.cpp"), *(XEN / f"{name}.cpp" for name in ("event_channel_op", "events", "guest", "named_pages"))]
COMPILE = ["g++", "-std=c++23", "-O1", "-Wno-attributes", f"-I{MODEL}", f"-I{ROOT}", f"-I{ROOT}/include", "-c"]
# ISTHMUS_ALL_MUTANTS=1 tries all of them; the suite has one of four.
TRIED = MUTANTS if os.environ.get("ISTHMUS_ALL_MUTANTS") else MUTANTS[::4]
STATES = {"at-once": "150"}  # a fault shows early, as the search is breadth first; without one, CTest takes them all


def compiled(source: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    subprocess.run([*COMPILE, str(source), "-o", str(target)], check=True)
    return target


def explored(objects, program: pathlib.Path, setup: str) -> tuple[int, str]:
    subprocess.run(["g++", *map(str, objects), "-o", str(program)], check=True)
    done = subprocess.run([program, setup, STATES.get(setup, "5000")], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def objects(tmp_path_factory) -> dict[str, pathlib.Path]:
    folder = tmp_path_factory.mktemp("ports")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        built = pool.map(lambda source: compiled(source, folder / f"{source.stem}.o"), SOURCES)
        return dict(zip((source.name for source in SOURCES), built))


@pytest.mark.parametrize("setup", ["tree", "own", "channels", "at-once"])
def test_without_a_fault_nothing_is_found(objects, tmp_path, setup):
    code, said = explored(objects.values(), tmp_path / "model", setup)
    assert code == 0, said


@pytest.mark.parametrize("name, file, there, instead, setup", TRIED, ids=[each[0] for each in TRIED])
def test_is_found(objects, tmp_path, name, file, there, instead, setup):
    text = (XEN / file).read_text()
    assert text.count(there) == 1, f"{file} has changed: mend the mutant"
    mutant = tmp_path / file
    mutant.write_text(text.replace(there, instead))
    with_fault = {**objects, file: compiled(mutant, tmp_path / "mutant.o")}
    code, said = explored(with_fault.values(), tmp_path / "model", setup)
    assert code != 0, f"not found: {name}"
    print(f"{name}: {said.strip().splitlines()[1] if code == 1 and len(said.splitlines()) > 1 else code}")
