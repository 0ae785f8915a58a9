# SPDX-License-Identifier: Apache-2.0
"""Every lock says what it guards, so that clang checks it (isthmus/spinlock.hpp), and stands in the list of
docs/architecture.md."""
import re

import repository

ROOMS = ("include", "fdt", "mm", "shm", "dom0less", "efi", "core", "arch")
LOCK = re.compile(r"\bSpinLock\s+(\w+)\s*(?:\[[^\]]*\])?(?:\{[^}]*\})?\s*;")
HOME = "include/isthmus/spinlock.hpp"


def unguarding(path, text):
    """Locks of a file for which nothing of that file is annotated."""
    found = []
    for name in LOCK.findall(text):
        if not re.search(rf"\bISTHMUS_(GUARDED_BY|REQUIRES)\(\(?(\w+\.)*{name}\)", text):
            found.append(f"{path}: nothing is guarded by {name}, and no function asks for it")
    return found


def unlisted(locks, page):
    """`locks`: pairs of path and name; the list has a row for each that holds both in backquotes."""
    rows = [line for line in page.splitlines() if line.startswith("|")]
    found = [f"docs/architecture.md, Locks: no row for `{name}` of `{path}`" for path, name in locks
             if not any(f"`{path}`" in row and f"`{name}`" in row for row in rows)]
    known = {path for path, _ in locks}
    named = {path for row in rows for path in re.findall(r"`([\w/]+\.[ch]pp)`", row)}
    return found + [f"docs/architecture.md, Locks: {path} has no lock" for path in sorted(named - known)]


def product_files():
    for path in repository.files(".cpp", ".hpp"):
        if path.parts[0] in ROOMS and str(path) != HOME:
            yield str(path), repository.read(path)


def test_every_lock_guards_something():
    found = [line for path, text in product_files() for line in unguarding(path, text)]
    assert not found, "\n" + "\n".join(found)


def test_every_lock_is_listed():
    locks = [(path, name) for path, text in product_files() for name in LOCK.findall(text)]
    section = repository.read("docs/architecture.md").split("\n## Locks\n")[1].split("\n## ")[0]
    assert len(locks) > 5
    found = unlisted(locks, section)
    assert not found, "\n" + "\n".join(found)


def test_a_lock_that_guards_nothing_is_found():
    assert unguarding("x.hpp", "SpinLock lock_;\nu32 word_ ISTHMUS_GUARDED_BY(other_lock_);")
    assert unguarding("x.cpp", "static constinit SpinLock lock;")
    assert unguarding("x.cpp", "SpinLock locks[8];")
    assert not unguarding("x.hpp", "SpinLock lock_;\nu32 word_ ISTHMUS_GUARDED_BY(lock_);")
    assert not unguarding("x.cpp", "SpinLock lock;\nISTHMUS_REQUIRES((input.lock)) void f() {")


def test_a_lock_that_is_not_listed_is_found():
    page = "| `lock_` | `core/x.hpp` | a word |\n| `old` | `core/y.cpp` | nothing |"
    assert unlisted([("core/x.hpp", "lock_"), ("core/y.cpp", "old")], page) == []
    assert unlisted([("core/x.hpp", "other"), ("core/y.cpp", "old")], page)
    assert unlisted([("core/x.hpp", "lock_")], page) == ["docs/architecture.md, Locks: core/y.cpp has no lock"]
