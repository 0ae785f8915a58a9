# SPDX-License-Identifier: Apache-2.0
"""Every .cpp of a pure room has a unit test: a file of tests/unit/<room> that includes its header.
A header's code may stand in several files: tree_open.cpp belongs to tree.hpp, and a file whose name says
nothing of the kind belongs to the first header of its room that it includes."""
import repository
from test_layers import INCLUDE

ROOMS = ("fdt", "mm", "shm", "dom0less")


def header_of(source, text, headers):
    """The header of the same name, else of the longest part of it, else the first one included."""
    folder, _, name = source.removesuffix(".cpp").rpartition("/")
    while name:
        if f"{folder}/{name}.hpp" in headers:
            return f"{folder}/{name}.hpp"
        name = name.rpartition("_")[0]
    own = [header for _, header in INCLUDE.findall(text) if header.startswith(folder + "/")]
    return own[0] if own else None


def untested(sources, headers, included):
    """`sources`: "room/x.cpp" to its text; `headers`: all headers; `included`: room to names its tests include."""
    found = []
    for source, text in sources.items():
        room = source.split("/")[0]
        header = header_of(source, text, headers)
        if header is None:
            found.append(f"{source}: has no header, so no test can name it")
        elif header not in included.get(room, set()):
            found.append(f'{source}: no file of tests/unit/{room} includes "{header}"')
    return found


def test_every_source_has_a_unit_test():
    sources = {str(path): repository.read(path) for path in repository.files(".cpp")
               if path.parts[0] in ROOMS}
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

    def check(**sources):
        texts = {f"mm/{name}.cpp": f'#include "{header}"' for name, header in sources.items()}
        return untested(texts, headers, included)

    assert check(a="", a_more="", other="mm/a.hpp") == []
    assert check(b="") == ['mm/b.cpp: no file of tests/unit/mm includes "mm/b.hpp"']
    assert check(other="mm/b.hpp") == ['mm/other.cpp: no file of tests/unit/mm includes "mm/b.hpp"']
    assert check(c="fdt/x.hpp") == ["mm/c.cpp: has no header, so no test can name it"]
