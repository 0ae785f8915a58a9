# SPDX-License-Identifier: Apache-2.0
"""Faults put into copies of the code that edits tables and publishes memory, each of which the machine
of stale caches and TLBs must find: (name, file, what stands there, what stands there instead). That a
barrier or an operation is left out needs no mutant: `stale_model --without-each` does all of them."""

EDIT, FILL = "mm/table_edit.hpp", "mm/table_fill.hpp"
SWITCH, MAP = "arch/arm64/guest/world_switch.cpp", "arch/arm64/map/el2_map.cpp"
MACHINE, WINDOW = "arch/arm64/cpu/machine.cpp", "arch/arm64/map/ram_window.cpp"
TEARDOWN, MEMORY = "core/domain/teardown.cpp", "core/memory/machine_memory.cpp"

DETACH = """        memory.write(part.table, index, Format::detached(entry));
        memory.make_visible(part.table, index, 1);
        memory.invalidate(leaf_of<Format>(part, index, entry).input_range());
"""
INVALIDATE = """        memory.invalidate(
            *Range<Space>::between(Address<Space>(root.start), Address<Space>(root.end)));
        reap(root, removed);
"""
BY_PAGE = """            tlbi_ipas2e1is(page.raw());
        }
        tlbi_vmalle1is();
"""

MUTANTS = [
    ("a block becomes a table without a break", EDIT, DETACH, ""),
    ("a block is broken, but not forgotten", EDIT, DETACH, "\n".join(DETACH.splitlines()[:2]) + "\n"),
    ("a block is forgotten before it is seen to be broken", EDIT, DETACH,
     "\n".join(DETACH.splitlines()[::2]) + "\n"),
    ("what is removed is not forgotten", EDIT, INVALIDATE, "        reap(root, removed);\n"),
    ("tables are freed before they are forgotten", EDIT, INVALIDATE,
     "        reap(root, removed);\n" + "\n".join(INVALIDATE.splitlines()[:2]) + "\n"),
    ("what is removed is forgotten before it is seen to be", EDIT,
     "            memory.write(part.table, index, Format::detached(entry));\n        }\n"
     "        memory.make_visible(part.table, part.first(), part.count());\n    }\n\n    bool in_use",
     "            memory.write(part.table, index, Format::detached(entry));\n        }\n    }\n\n    bool in_use"),
    ("an entry leads to a table that is not filled", FILL,
     "        const Result<void> done = fill(part.child(next, index), output);\n"
     "        memory.write(part.table, index, Format::table(next));\n",
     "        memory.write(part.table, index, Format::table(next));\n"
     "        const Result<void> done = fill(part.child(next, index), output);\n"),
    ("new entries are not made visible", FILL,
     "        memory.make_visible(part.table, first, past - first);\n        return {};", "        return {};"),
    ("a table is not cleared", MEMORY,
     "    const HostAddress page = ISTHMUS_TRY(allocate_pages(0));\n"
     "    arch::zero_host(*HostRange::from(page, page_size));\n",
     "    const HostAddress page = ISTHMUS_TRY(allocate_pages(0));\n"),
    ("only the first of some pages is forgotten", SWITCH, "tlbi_ipas2e1is(page.raw());",
     "tlbi_ipas2e1is(range.start().raw());"),
    ("both stages together are forgotten first", SWITCH, BY_PAGE,
     "            tlbi_vmalle1is();\n            tlbi_ipas2e1is(page.raw());\n        }\n"),
    ("only this CPU forgets", SWITCH, BY_PAGE,
     BY_PAGE.replace("tlbi_vmalle1is();", "tlbi_vmalle1();\n        dsb_nsh();")),
    ("only stage 1 is forgotten", SWITCH, "        tlbi_vmalls12e1is();\n", "        tlbi_vmalle1is();\n"),
    ("whoever is loaded is forgotten", SWITCH,
     "    ISTHMUS_WRITE_SYSREG(vttbr_el2, vttbr);\n    isb();\n", "    isb();\n"),
    ("entries are visible to this CPU alone", SWITCH, "void publish_table() {\n    dsb_ishst();",
     "void publish_table() {\n    dsb_nsh();"),
    ("stores alone are waited for at the end of a TLBI", WINDOW, "    tlbi_vae2(window);\n    dsb_ish();",
     "    tlbi_vae2(window);\n    dsb_ishst();"),
    ("another page of Isthmus's map is forgotten", WINDOW, "tlbi_vae2(window);", "tlbi_vae2(window + page_size);"),
    ("the window is used before it shows the page", WINDOW, "    dsb_ishst();\n    isb();\n}", "    isb();\n    dsb_ishst();\n}"),
    ("a word of an earlier look answers", WINDOW, "    dc_civac(at);\n    dsb_ish();\n", ""),
    ("bytes of an earlier look answer", WINDOW, "access);\n        clean();\n", "access);\n"),
    ("the last line is not cleaned", MACHINE, " + (range.start().raw() & (line - 1));", ";"),
    ("instructions are forgotten before they are in memory", MACHINE,
     "    clean_invalidate(range);\n    ic_ialluis();\n    dsb_ish();\n",
     "    ic_ialluis();\n    dsb_ish();\n    clean_invalidate(range);\n"),
    ("cleared RAM stays in the cache", TEARDOWN, "        arch::publish_host(part);\n", ""),
    ("RAM is given back while a map shows it", TEARDOWN, "            stage_ = Stage::tables;\n",
     "            stage_ = Stage::ram;\n"),
    ("Isthmus goes on seeing what is another's", TEARDOWN,
     '            check(arch::unmap_host(window_).has_value(), "scrubbing");\n', ""),
]

# What the machine cannot miss: (function, operation), how many places, and why.
BEYOND = {
    "WithoutStage1Walks isb": 2,  # walks by a mix of guests: tests/unit/lagging
    "~WithoutStage1Walks isb": 2,
    "init_cpu_for_guests isb": 3,  # before the first guest
}
