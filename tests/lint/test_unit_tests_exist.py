# SPDX-License-Identifier: Apache-2.0
"""Every .cpp that a host can run has a unit test: a file of tests/unit/<room> that includes its header.
A header's code may stand in several files: tree_open.cpp belongs to tree.hpp, and a file whose name says
nothing of the kind belongs to the first header of its room that it includes. Of arch that is what
cmake/IsthmusHost.cmake builds; the rest holds assembler, and runs in the system tests."""
import re

import repository
from test_layers import INCLUDE

ROOMS = ("include", "fdt", "mm", "shm", "dom0less", "efi", "core", "arch")
# What is tested without being named, and how. A row that is not needed fails.
TESTED_OTHERWISE = {
    "core/arm/guest_instruction.cpp": "undescribed_access_test and violation_test: what the guest executed is fetched",
    "core/arm/serrors.cpp": "lifecycle_test: SErrors of guests and of Isthmus",
    "core/audit/summary.cpp": "lifecycle_test reads it on the console",
    "core/boot/boot.cpp": "boot_test and all others with a booted machine (tests/unit/support/booted_machine.hpp)",
    "core/boot/build_domains.cpp": "the booted machine; core_build, a property test",
    "core/boot/build_regions.cpp": "the booted machine; core_build, a property test",
    "core/boot/early_console.cpp": "the booted machine; system tests look at its lines",
    "core/boot/inject.cpp": "system: test_audit, one boot a kind",
    "core/boot/load_guest.cpp": "the booted machine; boot_test looks at the guests' RAM",
    "core/boot/planning_memory.cpp": "the booted machine; arena_place_test has the choice",
    "core/boot/steps.cpp": "the booted machine",
    "core/run/shared_work.cpp": "the booted machine; crew_test has the mechanism",
    "core/run/turn.cpp": "scheduler_test and shared_cpu_test, by how long each vCPU runs",
}


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


def on_host(path, cmake):
    """Whether the host's libraries hold this file of arch: named alone or by its folder, and not taken out."""
    taken_out = "\n".join(re.findall(r"list\(REMOVE_ITEM[^)]*\)", cmake))
    folder = str(path).rpartition("/")[0]
    named = f"/{path}\"" in cmake or f"/{folder}/*.cpp\"" in cmake
    return named and f"/{path}\"" not in taken_out


def included_by_tests():
    """Room to headers that its tests name, those of tests' own headers with them."""
    included = {}
    for path in repository.files(".cpp", ".hpp"):
        if path.parts[:2] == ("tests", "unit") and path.parts[2] in ROOMS:
            names = {name for _, name in INCLUDE.findall(repository.read(path))}
            names |= {f"include/{name}" for name in names if name.startswith("isthmus/")}
            included.setdefault(path.parts[2], set()).update(names)
    return included


def test_every_source_has_a_unit_test():
    cmake = repository.read("cmake/IsthmusHost.cmake")
    sources = {}
    for path in repository.files(".cpp"):
        if path.parts[0] in ROOMS and (path.parts[0] != "arch" or on_host(path, cmake)):
            if "ISTHMUS_UART_DRIVER(" in repository.read(path):
                continue  # asked for by name: test_uarts.py
            name = str(path).replace("include/", "include/isthmus/") if path.parts[0] == "include" else str(path)
            sources[name] = repository.read(path)
    headers = {str(path) for path in repository.files(".hpp")}
    found = {line.split(":")[0]: line for line in untested(sources, headers, included_by_tests())}
    stale = TESTED_OTHERWISE.keys() - found.keys()
    assert not stale, f"named by a test now, or gone: {sorted(stale)}"
    assert not found.keys() - TESTED_OTHERWISE.keys(), "\n" + "\n".join(
        line for source, line in found.items() if source not in TESTED_OTHERWISE)


def test_what_the_host_builds_of_arch():
    cmake = 'a "${X}/arch/arm64/cpu/esr.cpp" "${X}/arch/arm64/smmu/*.cpp"\nlist(REMOVE_ITEM s "${X}/arch/arm64/smmu/x.cpp")'
    assert on_host("arch/arm64/cpu/esr.cpp", cmake) and on_host("arch/arm64/smmu/walk.cpp", cmake)
    assert not on_host("arch/arm64/smmu/x.cpp", cmake) and not on_host("arch/arm64/gic/gic.cpp", cmake)


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
