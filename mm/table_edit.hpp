// SPDX-License-Identifier: Apache-2.0
// Changing what is mapped: splitting a block, removing, other attributes. All three keep to
// break-before-make: detach (invalid, but still known to us), invalidate the TLBs, then reuse.
#pragma once

#include "mm/table_walk.hpp"

namespace isthmus::mm {

/// Replaces a block that crosses an address by a table of 512 smaller ones.
template <TableFormat Format, TableMemory<typename Format::Space> Memory>
struct TableSplit {
    Memory& memory;

    /// `part`: the root's, around the address. Afterwards no leaf crosses it. Errors:
    /// out_of_memory; what is mapped has not changed.
    Result<void> split_at(TablePart part) const {
        while (true) {
            const usize index = part.first();
            const u64 entry = memory.read(part.table, index);
            if (!Format::is_valid(entry) || part.input(index) == part.start) {
                return {};
            }
            HostAddress next = Format::address(entry);
            if (!Format::is_table(entry, part.level)) {
                next = ISTHMUS_TRY(split(part, index, entry));
            }
            part = part.child(next, index);
        }
    }

  private:
    /// The new table.
    Result<HostAddress> split(const TablePart& part, usize index, u64 entry) const {
        const HostAddress next = ISTHMUS_TRY(memory.allocate_table());
        const unsigned level = part.level + 1;
        for (usize i = 0; i < table_entries; ++i) {
            const HostAddress host = Format::address(entry) + (u64{i} << entry_shift(level));
            memory.write(next, i, Format::leaf(host, level, Format::attributes(entry)));
        }
        memory.make_visible(next, 0, table_entries);
        memory.write(part.table, index, Format::detached(entry));
        memory.make_visible(part.table, index, 1);
        memory.invalidate(leaf_of<Format>(part, index, entry).input_range());
        memory.write(part.table, index, Format::table(next));
        memory.make_visible(part.table, index, 1);
        return next;
    }
};

/// Removes all leaves of a range, and the tables that are empty then. No leaf crosses its ends.
///
///     detach      a leaf, or with one store the whole tree below an entry that the range covers
///     invalidate  the TLBs: now nobody can reach the pages or the detached tables
///     reap        report the leaves, free the tables, clear the entries
template <TableFormat Format, TableMemory<typename Format::Space> Memory>
struct TableRemove {
    Memory& memory;

    template <class Removed>
    void remove(const TablePart& root, Removed& removed) const {
        using Space = typename Format::Space;
        if (root.start == root.end) {
            return;
        }
        detach(root);
        memory.invalidate(
            *Range<Space>::between(Address<Space>(root.start), Address<Space>(root.end)));
        reap(root, removed);
    }

  private:
    void detach(const TablePart& part) const {
        for (usize index = part.first(); index < part.past(); ++index) {
            const u64 entry = memory.read(part.table, index);
            if (!Format::is_valid(entry)) {
                continue;
            }
            if (Format::is_table(entry, part.level) && !part.covers(index)) {
                detach(part.child(Format::address(entry), index));
                if (in_use(Format::address(entry))) {
                    continue;
                }
            }
            memory.write(part.table, index, Format::detached(entry));
        }
        memory.make_visible(part.table, part.first(), part.count());
    }

    bool in_use(HostAddress table) const {
        for (usize index = 0; index < table_entries; ++index) {
            if (Format::is_valid(memory.read(table, index))) {
                return true;
            }
        }
        return false;
    }

    template <class Removed>
    void reap(const TablePart& part, Removed& removed) const {
        for (usize index = part.first(); index < part.past(); ++index) {
            const u64 entry = memory.read(part.table, index);
            if (entry == 0) {
                continue;
            }
            if (Format::is_valid(entry)) {
                reap(part.child(Format::address(entry), index), removed);
                continue;
            }
            reap_entry(part, index, entry, removed);
            memory.write(part.table, index, 0);
        }
    }

    /// A detached entry: its leaf, or all leaves of its table, the whole of which goes.
    template <class Removed>
    void reap_entry(const TablePart& part, usize index, u64 entry, Removed& removed) const {
        if (!Format::is_table(entry, part.level)) {
            removed(leaf_of<Format>(part, index, entry));
            return;
        }
        const u64 base = part.input(index);
        const TablePart below{Format::address(entry), part.level + 1, base, base,
                              base + entry_span(part.level)};
        for (usize i = 0; i < table_entries; ++i) {
            const u64 next = memory.read(below.table, i);
            if (next != 0 && Format::is_table(next, below.level)) {
                reap_entry(below, i, next, removed);
            } else if (next != 0) {
                removed(leaf_of<Format>(below, i, next));
            }
        }
        memory.free_table(below.table);
    }
};

/// Gives all leaves of a range other attributes. No leaf crosses its ends.
template <TableFormat Format, TableMemory<typename Format::Space> Memory>
struct TableChange {
    Memory& memory;
    typename Format::Attributes attributes;

    void change(const TablePart& root) const {
        using Space = typename Format::Space;
        if (detach(root)) {
            memory.invalidate(
                *Range<Space>::between(Address<Space>(root.start), Address<Space>(root.end)));
            rewrite(root);
        }
    }

  private:
    /// Whether any leaf was detached: those that have the attributes already stay.
    bool detach(const TablePart& part) const {
        bool any = false;
        for (usize index = part.first(); index < part.past(); ++index) {
            const u64 entry = memory.read(part.table, index);
            if (!Format::is_valid(entry)) {
                continue;
            }
            if (Format::is_table(entry, part.level)) {
                any |= detach(part.child(Format::address(entry), index));
            } else if (!(Format::attributes(entry) == attributes)) {
                memory.write(part.table, index, Format::detached(entry));
                any = true;
            }
        }
        memory.make_visible(part.table, part.first(), part.count());
        return any;
    }

    void rewrite(const TablePart& part) const {
        for (usize index = part.first(); index < part.past(); ++index) {
            const u64 entry = memory.read(part.table, index);
            if (Format::is_valid(entry) && Format::is_table(entry, part.level)) {
                rewrite(part.child(Format::address(entry), index));
            } else if (entry != 0 && !Format::is_valid(entry)) {
                memory.write(part.table, index,
                             Format::leaf(Format::address(entry), part.level, attributes));
            }
        }
        memory.make_visible(part.table, part.first(), part.count());
    }
};

}  // namespace isthmus::mm
