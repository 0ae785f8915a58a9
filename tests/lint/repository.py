#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The files of the repository, for all lints. As a program: lists the files with the given endings."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_OURS = {".git", "build", "__pycache__", ".cache", ".pytest_cache"}
SOURCE_ENDINGS = (".cpp", ".hpp", ".c", ".h", ".S", ".py", ".sh")
SCRIPTS = {"run", ".ci/run"}


def files(*endings):
    """Paths relative to the root, sorted, of files whose name ends in one of `endings` (all: none)."""
    found = []
    for folder, names, file_names in os.walk(ROOT):
        names[:] = [name for name in names if name not in NOT_OURS]
        for name in file_names:
            path = (pathlib.Path(folder) / name).relative_to(ROOT)
            if not endings or name.endswith(endings):
                found.append(path)
    return sorted(found)


def sources():
    scripts = [pathlib.Path(name) for name in SCRIPTS if (ROOT / name).exists()]
    return sorted(files(*SOURCE_ENDINGS) + scripts)


def read(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    print("\n".join(str(path) for path in files(*sys.argv[1:])))
