# SPDX-License-Identifier: Apache-2.0
"""Every .cpp of a pure room has a unit test: a file of tests/unit/<room> that includes its header.
A header's code may stand in several files: tree_open.cpp belongs to tree.hpp."""
import repository
from test_layers import INCLUDE

ROOMS = ("fdt", "mm", "shm", "dom0less")


def header_of(source, headers):
    """The header of the same name, else of the longest part of it; None when there is none."""
    stem = source.removesuffix(".cpp")
    while "/" in stem:
        if stem + ".hpp" in headers:
            return stem + ".hpp"
        folder, _, name = stem.rpartition("/")
        if "_" not in name:
            return None
        stem = folder + "/" + name.rpartition("_")[0]
    return None


def untested(sources, headers, included):
    """`sources`: "room/x.cpp"; `headers`: all headers; `included`: room to names its tests include."""
    found = []
    for source in sources:
        room = source.split("/")[0]
        header = header_of(source, headers)
        if header is None:
            found.append(f"{source}: has no header of its name, so no test can name it")
        elif header not in included.get(room, set()):
            found.append(f'{source}: no file of tests/unit/{room} includes "{header}"')
    return found


def test_every_source_has_a_unit_test():
    sources = [str(path) for path in repository.files(".cpp") if path.parts[0] in ROOMS]
    headers = {str(path) for path in repository.files(".hpp")}
    included = {}
    for path in repository.files(".cpp"):
        if path.parts[:2] == ("tests", "unit") and path.parts[2] in ROOMS:
            names = {name for _, name in INCLUDE.findall(repository.read(path))}
            included.setdefault(path.parts[2], set()).update(names)
    found = untested(sources, headers, included)
    assert not found, "\n" + "\n".join(found)


def test_an_untested_source_is_found():
    headers = {"mm/a.hpp", "mm/b.hpp"}
    included = {"mm": {"mm/a.hpp"}, "fdt": {"mm/b.hpp"}}
    assert untested(["mm/a.cpp", "mm/a_more.cpp"], headers, included) == []
    assert len(untested(["mm/a.cpp", "mm/b.cpp", "mm/c.cpp"], headers, included)) == 2
