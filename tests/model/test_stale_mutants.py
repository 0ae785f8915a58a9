# SPDX-License-Identifier: Apache-2.0
"""The machine whose caches and TLBs keep all that they may (tests/model/stale) finds nothing in the code as
it is, misses each barrier and maintenance operation that is left out, and finds faults put in on purpose."""
import collections
import concurrent.futures
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from stale_mutants import BEYOND, MUTANTS  # noqa: E402

STALE = ROOT / "tests/model/stale"
SOURCES = [*STALE.glob("*.cpp"), ROOT / "tests/unit/support/panic.cpp", *ROOT.glob("mm/*.cpp"),
           *(ROOT / name for name in ("arch/arm64/map/el2_map.cpp", "arch/arm64/cpu/machine.cpp", "arch/arm64/map/ram_window.cpp",
                                      "arch/arm64/guest/world_switch.cpp", "core/memory/guest_map.cpp", "core/memory/machine_memory.cpp",
                                      "core/domain/teardown.cpp"))]
COMPILE = ["g++", "-std=c++23", "-O0", "-fno-pie", "-Wno-attributes", f"-include{STALE}/hooks.hpp"]
# The image's segments: where the linker puts a program is image_base of stale/arch/arm64/map/layout.hpp.
LINK = ["g++", "-no-pie", "-Wl,--defsym=image_start=0x400000,--defsym=image_text_end=0x401000,"
        "--defsym=image_rodata_end=0x402000,--defsym=image_end=_end"]


def compiled(source: pathlib.Path, target: pathlib.Path, first: pathlib.Path | None = None) -> pathlib.Path:
    """`first`: a folder whose files come before those of the project."""
    folders = [f"-I{folder}" for folder in (first, STALE, ROOT, ROOT / "include") if folder]
    subprocess.run([*COMPILE, *folders, "-MMD", "-c", str(source), "-o", str(target)], check=True)
    return target


def linked(objects, target: pathlib.Path) -> pathlib.Path:
    subprocess.run([*LINK, *map(str, objects), "-o", str(target)], check=True)
    return target


def compile_all(sources, folder: pathlib.Path, first=None) -> dict[pathlib.Path, pathlib.Path]:
    names = {source: folder / f"{number}.o" for number, source in enumerate(sources)}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(sources, pool.map(lambda each: compiled(each, names[each], first), sources)))


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    return compile_all(SOURCES, tmp_path_factory.mktemp("stale"))


def run(program, *arguments) -> str:
    return subprocess.run([program, *arguments], capture_output=True, text=True).stdout


def test_without_a_fault_nothing_is_found(objects, tmp_path):
    program = linked(objects.values(), tmp_path / "model")
    assert run(program) == ""
    assert collections.Counter(run(program, "--without-each").splitlines()) == BEYOND


@pytest.mark.parametrize("name, file, there, instead", MUTANTS, ids=[each[0] for each in MUTANTS])
def test_is_found(objects, tmp_path, name, file, there, instead):
    text = (ROOT / file).read_text()
    assert text.count(there) == 1, f"{file} has changed: mend the mutant"
    mutant = tmp_path / file
    mutant.parent.mkdir(parents=True)
    mutant.write_text(text.replace(there, instead))
    concerned = [source for source, built in objects.items() if str(ROOT / file) in built.with_suffix(".d").read_text()]
    again = compile_all([mutant if source == ROOT / file else source for source in concerned], tmp_path, tmp_path)
    rest = [built for source, built in objects.items() if source not in concerned]
    found = run(linked([*rest, *again.values()], tmp_path / "model"))
    assert found, f"not found: {name}"
    print(f"{name}: {found.splitlines()[1]}")
