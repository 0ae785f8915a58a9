# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over what the builds compile: as the host's build does, a folder's files at once, and the rest of
arch/arm64 as clang compiles it for the target. A unit that was found clean is remembered, by the hash of every file
that it is made of, in build/tidy-cache."""
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess

import repository

CLANG_TIDY = "clang-tidy-19"
CACHE = repository.ROOT / "build" / "tidy-cache"
# A unit is looked at once, in the first build that knows it.
BUILDS = ("host-test", "arm64-clang")
ROOMS = ("include", "fdt", "mm", "shm", "dom0less", "efi", "core", "arch", "tools")
# Options of gcc alone, and those that clang-tidy's own warnings need not repeat.
DROP = re.compile(r"^(-Werror|-fsanitize.*|-fno-sanitize.*|--coverage|-mno-outline-atomics)$")


INCLUDED = re.compile(r'^#include "(/.*\.cpp)"$', re.MULTILINE)


def sources_of(file):
    """Those of a unit, from the top of the tree: itself, or the files of a folder that are compiled as one."""
    files = [file]
    if "/Unity/" in file:
        with open(file, encoding="utf-8") as unity:
            files = INCLUDED.findall(unity.read())
    return [os.path.relpath(path, repository.ROOT) for path in files]


def units():
    """(sources, compile command) of all compiled sources of our rooms."""
    seen = set()
    found = []
    for build in BUILDS:
        path = repository.ROOT / "build" / build / "compile_commands.json"
        if not path.exists():
            continue
        for entry in json.loads(path.read_text()):
            sources = [source for source in sources_of(entry["file"])
                       if source.endswith(".cpp") and source.split("/")[0] in ROOMS]
            if not seen.issuperset(sources):
                seen.update(sources)
                found.append((sources, entry))
    return sorted(found, key=lambda unit: -len(unit[0]))  # the longest first: so the last ones end together


def arguments(entry):
    words = entry["command"].split()
    kept = [word.replace('\\"', '"') for word in words[1:] if not DROP.match(word)]
    for option in ("-o", "-c"):
        while option in kept:
            del kept[kept.index(option):kept.index(option) + 2]
    return kept


def digest():
    """Of all headers and the configuration; a unit's own text is added to it."""
    state = hashlib.sha256()
    for path in [*repository.files(".hpp", ".h"), ".clang-tidy", "tests/lint/tidy.py"]:
        state.update(repository.read(path).encode())
    return state


def tidy(source, options, folder=repository.ROOT):
    """The lines clang-tidy prints about one unit; empty when it is clean."""
    command = [CLANG_TIDY, "--quiet", f"--config-file={repository.ROOT / '.clang-tidy'}", str(source), "--",
               *options]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return "" if result.returncode == 0 else result.stdout or result.stderr


def check(unit, base):
    sources, entry = unit
    state = base.copy()
    options = arguments(entry)
    state.update(" ".join([*sources, *options]).encode())
    for source in sources:
        state.update(repository.read(source).encode())
    stamp = CACHE / state.hexdigest()
    if stamp.exists():
        return ""
    found = tidy(entry["file"], options)
    if not found:
        stamp.touch()
    return found


def check_all():
    CACHE.mkdir(parents=True, exist_ok=True)
    base = digest()
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return [found for found in pool.map(lambda unit: check(unit, base), units()) if found]
