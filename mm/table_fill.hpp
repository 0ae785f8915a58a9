// SPDX-License-Identifier: Apache-2.0
// Writing new leaves where nothing is mapped. No entry that could be in a TLB changes here, so no
// TLB maintenance is needed: only the order of stores counts.
#pragma once

#include "isthmus/panic.hpp"
#include "mm/table_walk.hpp"

namespace isthmus::mm {

template <TableFormat Format, TableMemory<typename Format::Space> Memory>
struct TableFill {
    Memory& memory;
    typename Format::Attributes attributes;

    /// Maps the part, which is unmapped, to host memory from `host` on. Errors: out_of_memory;
    /// then some of it may be mapped, and a new table may be left empty.
    Result<void> fill(const TablePart& part, HostAddress host) const {
        const usize first = part.first();
        const usize past = part.past();
        for (usize index = first; index < past;) {
            const TablePart below = part.child(HostAddress(), index);
            const HostAddress output = host + (below.start - part.start);
            if (const usize run = leaves(part, index, output); run != 0) {
                write_leaves(part, index, run, output);
                index += run;
                continue;
            }
            if (const Result<void> done = fill_below(part, index, output); !done) {
                memory.make_visible(part.table, first, index + 1 - first);
                return done;
            }
            ++index;
        }
        memory.make_visible(part.table, first, past - first);
        return {};
    }

  private:
    /// How many entries from `index` on can be leaves of this level.
    static usize leaves(const TablePart& part, usize index, HostAddress output) {
        const u64 input = part.input(index);
        if (part.level < first_leaf_level || input < part.start ||
            !output.is_aligned(entry_span(part.level))) {
            return 0;
        }
        return static_cast<usize>((part.end - input) >> entry_shift(part.level));
    }

    void write_leaves(const TablePart& part, usize index, usize run, HostAddress output) const {
        // Copies, since the compiler must take each store for one that may change the originals:
        // with them a leaf costs a handful of instructions.
        const HostAddress table = part.table;
        const unsigned level = part.level;
        const typename Format::Attributes same = attributes;
        const u64 span = entry_span(level);
        for (const usize past = index + run; index < past; ++index, output += span) {
            memory.write(table, index, Format::leaf(output, level, same));
        }
    }

    /// A new table is filled, and so visible, before the entry that leads to it is written.
    Result<void> fill_below(const TablePart& part, usize index, HostAddress output) const {
        const u64 entry = memory.read(part.table, index);
        if (Format::is_valid(entry)) {
            check(Format::is_table(entry, part.level), "mapping over a block");
            return fill(part.child(Format::address(entry), index), output);
        }
        const HostAddress next = ISTHMUS_TRY(memory.allocate_table());
        const Result<void> done = fill(part.child(next, index), output);
        memory.write(part.table, index, Format::table(next));
        return done;
    }
};

}  // namespace isthmus::mm
