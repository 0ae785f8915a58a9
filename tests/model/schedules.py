# SPDX-License-Identifier: Apache-2.0
"""Models over tests/model/schedule: how they are built, with a fault in a copy of the code or without, and run."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEDULE = ROOT / "tests/model/schedule"


class Model:
    """`sources`: files of the project that it explores, and that it does not include itself."""

    def __init__(self, name: str, sources):
        self.folder, self.sources = ROOT / "tests/model" / name, sources

    def built(self, folder: pathlib.Path, changed: pathlib.Path | None = None) -> pathlib.Path:
        """`changed`: a folder whose files come before those of the project."""
        program = folder / "model"
        first = [f"-I{changed}"] if changed else []
        sources = [changed / each if changed and (changed / each).exists() else ROOT / each for each in self.sources]
        subprocess.run(["g++", "-std=c++23", "-O1", "-Wno-attributes", f"-I{SCHEDULE}", *first, f"-I{ROOT}",
                        f"-I{ROOT}/include", *map(str, [*self.folder.glob("*.cpp"), *SCHEDULE.glob("*.cpp"), *sources]),
                        "-o", str(program)], check=True)
        return program

    def with_a_fault(self, folder: pathlib.Path, file: str, there: str, instead: str) -> pathlib.Path:
        text = (ROOT / file).read_text()
        assert text.count(there) == 1, f"{file} has changed: mend the mutant"
        mutant = folder / "changed" / file
        mutant.parent.mkdir(parents=True)
        mutant.write_text(text.replace(there, instead))
        return self.built(folder, folder / "changed")


def explored(program: pathlib.Path, scenario: str) -> str:
    """What it says of all orders with three switches, and no store put off."""
    done = subprocess.run([program, scenario, "3", "0"], capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 1), done
    return done.stdout


def listed(program: pathlib.Path) -> list[str]:
    return subprocess.run([program], capture_output=True, text=True).stdout.split()
