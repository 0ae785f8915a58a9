# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: the table of docs/architecture.md, as a test."""
import pathlib
import re

import repository

PURE = {"include", "fdt", "mm", "shm", "dom0less"}
ALLOWED = {
    "include": {"include"},
    "fdt": {"include", "fdt"},
    "mm": {"include", "mm"},
    "shm": {"include", "fdt", "mm", "shm"},
    "dom0less": PURE,
    "efi": {"include", "fdt", "dom0less", "efi"},
    "core": PURE | {"core"},
    "arch": {"include", "mm", "core", "arch"},
    "tools": PURE | {"tools"},
    "isthmus_guest": {"isthmus_guest"},  # what guests copy: in include, but no part of the hypervisor
    "examples": {"examples", "isthmus_guest"},  # what a guest outside the tree is built of
}
# A room's folders, and which others of them the headers of each may include; "" is what lies in the
# room itself. There is no circle in it. Sources are held to it, too, except those of OPEN.
INSIDE = {
    "arch/arm64": {
        "cpu": set(),
        "map": {"cpu"},
        "gic": {"cpu", "map"},
        "guest": {"cpu", "map", "gic"},
        "smmu": {"cpu", "map", "guest"},
        "uart": {"cpu", "map"},
        "efi": {"cpu", "map"},
        "boot": {"cpu", "map", "guest"},
    },
    "dom0less": {
        "plan": set(),
        "emulated": {"plan"},
        "read": {"plan", "emulated"},
        "kernel": {"plan"},
        "show": {"plan"},
        "cpus": {"plan", "read"},
        "tree": {"plan", "emulated", "read"},
        "memory": {"plan", "emulated", "read", "tree"},
        "signals": {"plan", "emulated", "read"},
        "devices": {"plan", "emulated", "read", "memory", "signals"},
        "": {"plan", "read", "cpus", "tree", "memory", "devices"},
    },
    "core": {
        "console": set(),
        "device": set(),
        "memory": set(),
        "trap": set(),
        "arm": {"run", "trap"},
        "run": {"trap"},
        "domain": {"arm", "console", "device", "memory", "run", "trap"},
        "audit": {"console", "memory"},
        "operator": {"audit", "console", "device", "domain", "memory"},
        "boot": {"audit", "domain"},
        "": {"arm", "boot", "run", "trap"},
    },
    "tools": {
        "": set(),
        "convert": {""},
        "diff": {"", "plan"},
        "explain": {""},
        "make": {""},
        "plan": {""},
        "report": {""},
    },
}
# One trap goes through many folders of core; the tool's main program names all of its commands.
OPEN = ("core/", "tools/main.cpp", "tools/commands.cpp")

# What a test of a room may include besides that room's own list.
ALLOWED_TESTS = {room: rooms | {room, "tests"} for room, rooms in ALLOWED.items()}
ALLOWED_TESTS["fuzz"] = PURE | {"efi", "isthmus_guest", "tests"}
ALLOWED_TESTS["guests"] = {"include", "isthmus_guest"}  # and the guests' own folders
ALLOWED_TESTS["lagging"] = {"include", "mm", "core", "arch", "tests"}
ALLOWED_TESTS["model"] = PURE | {"core", "isthmus_guest", "tests"}
ALLOWED_TESTS["lagging"] = ALLOWED_TESTS["arch"]  # its files, on a machine of its own
ALLOWED_TESTS["stale"] = ALLOWED_TESTS["arch"]  # the same
ALLOWED_TESTS["twin"] = PURE | {"core", "tests"}  # one half is a boot story

# The border between core and the architecture: what an architecture brings as types. Besides these
# only core/arm, which is for Arm alone, may include headers of arch, and none with assembler.
BORDER = {
    ("core/trap/trap.hpp", "arch/arm64/cpu/esr.hpp"),
    ("core/trap/mmio.hpp", "arch/arm64/cpu/saved_registers.hpp"),
    ("core/domain/vcpu.hpp", "arch/arm64/guest/world_switch.hpp"),
    ("core/memory/guest_map.hpp", "arch/arm64/map/stage2_descriptor.hpp"),
    ("core/run/per_cpu.hpp", "arch/arm64/cpu/speculation.hpp"),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)
ASSEMBLER = re.compile(r"\b(asm|__asm__|__asm)\b")
LIBFDT = {"libfdt.h", "libfdt_env.h", "fdt.h"}


def room_of(path):
    """("core", False), or ("shm", True) for a test of the room shm."""
    parts = pathlib.PurePath(path).parts
    if parts[:2] == ("include", "isthmus_guest"):
        return parts[1], False
    if parts[0] != "tests":
        return parts[0], False
    if parts[1] == "property":
        return parts[2].split("_")[0], True
    is_below = parts[1] == "unit" or parts[1:3] == ("model", "stale")
    return parts[2 if is_below else 1], True


def reached(text, read, seen):
    """What `text` includes; headers of the tests stand for what they include in turn."""
    for quote, name in INCLUDE.findall(text):
        if quote == '"' and name.startswith("tests/") and name not in seen:
            seen.add(name)
            yield from reached(read(name), read, seen)
        else:
            yield quote, name


def room_included(name):
    return "include" if name.startswith("isthmus/") else name.split("/")[0]


def is_pure_header(name, read=repository.read, seen=None):
    """An arch header is pure when neither it nor what it includes of arch holds assembler."""
    seen = seen if seen is not None else set()
    if name in seen:
        return True
    seen.add(name)
    try:
        text = re.sub(r"//[^\n]*", "", read(name))
    except FileNotFoundError:
        return False
    if ASSEMBLER.search(text):
        return False
    return all(
        is_pure_header(inner, read, seen)
        for _, inner in INCLUDE.findall(text)
        if inner.startswith("arch/")
    )


def findings(path, text, read=repository.read):
    room, is_test = room_of(path)
    if (room, is_test) == ("support", True):
        return []  # looked at through the tests that include it
    allowed = (ALLOWED_TESTS if is_test else ALLOWED).get(room, set())
    found = []
    for quote, name in reached(text, read, set()):
        if quote == "<":
            if name in LIBFDT and not is_test and room != "fdt":
                found.append(f"{path}: <{name}>: only fdt speaks to libfdt")
            continue
        if "/" not in name or name.startswith("."):
            if not is_test and room != "isthmus_guest":  # copied as a folder
                found.append(f'{path}: "{name}" is not written from the root')
            continue
        target = room_included(name)
        at_border = is_test or str(path).startswith("core/arm/") or (str(path), name) in BORDER
        if target == "arch" and room == "core" and at_border and is_pure_header(name, read):
            continue
        if is_test and target not in ALLOWED:
            continue  # a folder of the tests' own
        if target not in allowed:
            found.append(f'{path}: {room} may not include {target} ("{name}")')
    return found


def folder_in(room, name):
    """"gic" for "arch/arm64/gic/x.hpp", "" for what lies in the room itself; None: not in the room."""
    name = str(name)
    if not name.startswith(room + "/"):
        return None
    folder, slash, _ = name[len(room) + 1:].partition("/")
    return folder if slash else ""


def findings_inside(path, text):
    """Includes from one folder of a room into another that INSIDE does not allow."""
    found = []
    for room, folders in INSIDE.items():
        folder = folder_in(room, path)
        if folder is None:
            continue
        if folder not in folders:
            return [f'{path}: the layer table knows no folder "{folder}" of {room}']
        is_open = str(path).startswith(OPEN) and not str(path).endswith(".hpp")
        for _, name in INCLUDE.findall(text):
            target = folder_in(room, name)
            if target not in (None, folder) and target not in folders[folder] and not is_open:
                found.append(f'{path}: {room}/{folder} may not include {room}/{target} ("{name}")')
    return found


def test_every_include_is_allowed():
    found = []
    for path in repository.files(".cpp", ".hpp", ".h", ".S"):
        text = repository.read(path)
        found += findings(path, text) + findings_inside(path, text)
    assert not found, "\n" + "\n".join(found)


def test_folders_of_a_room_form_no_circle():
    for room, folders in INSIDE.items():
        left = dict(folders)
        while left:
            free = [folder for folder, below in left.items() if not below & left.keys()]
            assert free, f"{room}: a circle among {sorted(left)}"
            for folder in free:
                del left[folder]


def test_an_include_against_the_order_of_folders_is_found():
    assert findings_inside("arch/arm64/cpu/x.cpp", '#include "arch/arm64/gic/gic.hpp"')
    assert not findings_inside("arch/arm64/gic/x.cpp", '#include "arch/arm64/cpu/esr.hpp"')
    assert findings_inside("arch/arm64/x.cpp", "")
    assert findings_inside("core/run/x.hpp", '#include "core/domain/vcpu.hpp"')
    assert not findings_inside("core/run/x.cpp", '#include "core/domain/vcpu.hpp"')
    assert findings_inside("dom0less/read/x.cpp", '#include "dom0less/planner.hpp"')


def test_tests_of_a_room_are_held_to_the_rooms_list():
    assert findings("tests/unit/mm/x_test.cpp", '#include "fdt/tree.hpp"')
    assert findings("tests/property/fdt_x.cpp", '#include "mm/page_info.hpp"')
    assert not findings("tests/unit/shm/x_test.cpp", '#include "fdt/tree.hpp"')
    support = {"tests/unit/support/machine.hpp": '#include "core/domain/domain.hpp"'}
    through_support = '#include "tests/unit/support/machine.hpp"'
    assert findings("tests/unit/mm/x_test.cpp", through_support, support.__getitem__)
    assert not findings("tests/unit/core/x_test.cpp", through_support, support.__getitem__)


def test_a_forbidden_include_is_found():
    assert findings("fdt/x.cpp", '#include "mm/page_info.hpp"')
    assert findings("include/isthmus/x.hpp", '#include "mm/page_info.hpp"')
    assert findings("mm/x.cpp", '#include "core/domain/domain.hpp"')
    assert findings("shm/x.cpp", "#include <libfdt.h>")
    assert findings("shm/x.cpp", '#include "region_plan.hpp"')
    assert findings("core/x.cpp", '#include "isthmus_guest/isthmus_shm.hpp"')
    assert findings("include/isthmus_guest/x.h", '#include "isthmus/types.hpp"')
    assert not findings("core/x.cpp", '#include "dom0less/plan/plan.hpp"\n#include <span>')


def test_core_may_include_pure_headers_of_arch_only():
    headers = {
        "arch/arm64/map/layout.hpp": "struct Registers {};  // no asm in here",
        "arch/arm64/barrier.hpp": 'inline void isb() { asm volatile("isb"); }',
        "arch/arm64/mixed.hpp": '#include "arch/arm64/barrier.hpp"',
    }

    def read(name):
        if name not in headers:
            raise FileNotFoundError(name)
        return headers[name]

    assert not findings("core/arm/x.cpp", '#include "arch/arm64/map/layout.hpp"', read)
    assert findings("core/arm/x.cpp", '#include "arch/arm64/barrier.hpp"', read)
    assert findings("core/arm/x.cpp", '#include "arch/arm64/mixed.hpp"', read)
    assert findings("core/arm/x.cpp", '#include "arch/arm64/missing.hpp"', read)
    assert findings("core/run/x.cpp", '#include "arch/arm64/map/layout.hpp"', read)
    assert not findings("tests/unit/core/x.cpp", '#include "arch/arm64/map/layout.hpp"', read)
    assert findings("mm/x.cpp", '#include "arch/arm64/map/layout.hpp"', read)


HANDED_ON = re.compile(r"\bconst\s+(dom0less::)?Plan&\s+plan\b")
ASKED_FOR = re.compile(r"(?<![\w.>:])plan\(\)")


def test_a_file_of_core_is_handed_the_plan_or_asks_for_it():
    """Not both (core/domain/domain.hpp): else one chain of calls could see two plans."""
    home = "core/domain/domain.cpp"
    found = [str(path) for path in repository.files(".cpp") if path.parts[0] == "core" and str(path) != home
             and HANDED_ON.search(repository.read(path)) and ASKED_FOR.search(repository.read(path))]
    assert not found, "\n".join(found)
    assert ASKED_FOR.search("if (plan().quiet)") and not ASKED_FOR.search("domain.plan()")
    assert HANDED_ON.search(repository.read(home)) and ASKED_FOR.search(repository.read(home))
