// SPDX-License-Identifier: Apache-2.0
// Reading a translation table: one address, all leaves of a range, or whether a range is free. With
// 4 KiB pages each table has 512 entries, and nine bits of the address choose one at each level:
//
//      address  47     39 38     30 29     21 20     12 11      0
//              ┌─────────┬─────────┬─────────┬─────────┬─────────┐
//              │ level 0 │ level 1 │ level 2 │ level 3 │ in page │
//              └────┬────┴────┬────┴────┬────┴────┬────┴─────────┘
//        root ─▶ table ─▶ table ─▶ table ─▶ page of 4 KiB
//                           │        └─▶ or a block of 2 MiB
//                           └─▶ or a block of 1 GiB
//
// A table of stage 2 may start at level 1 with up to 16 tables side by side (table_geometry.hpp). A
// walk over a range visits the entries that touch it, in order, and goes down only where there is a
// table: what is a block, or nothing, is one step however large it is.
#pragma once

#include "mm/table_format.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::mm {

/// One block or page that translates.
template <class Format>
struct TableLeaf {
    Address<typename Format::Space> input;
    HostAddress host;
    unsigned level = last_level;  ///< 1: 1 GiB, 2: 2 MiB, 3: 4 KiB
    typename Format::Attributes attributes{};
    u64 entry = 0;  ///< the descriptor itself

    u64 size() const { return entry_span(level); }
    Range<typename Format::Space> input_range() const {
        return *Range<typename Format::Space>::from(input, size());
    }
    HostRange output() const { return *HostRange::from(host, size()); }
};

/// The entries of one table that touch the input range [start, end), which is not empty.
struct TablePart {
    HostAddress table;
    unsigned level = 0;
    u64 base = 0;  ///< input address of the table's entry 0
    u64 start = 0;
    u64 end = 0;

    constexpr usize first() const { return index(start); }
    /// One past the last entry.
    constexpr usize past() const { return start < end ? index(end - 1) + 1 : first(); }
    constexpr usize count() const { return past() - first(); }
    constexpr u64 input(usize entry) const { return base + (u64{entry} << entry_shift(level)); }
    /// The whole of this entry's input lies in the range.
    constexpr bool covers(usize entry) const {
        return start <= input(entry) && input(entry) + entry_span(level) <= end;
    }
    /// The part of the range that lies below this entry.
    constexpr TablePart child(HostAddress next, usize entry) const {
        const u64 low = input(entry);
        const u64 high = low + entry_span(level);
        return {next, level + 1, low, low < start ? start : low, high < end ? high : end};
    }

  private:
    constexpr usize index(u64 address) const {
        return static_cast<usize>((address - base) >> entry_shift(level));
    }
};

template <TableFormat Format>
constexpr TableLeaf<Format> leaf_of(const TablePart& part, usize index, u64 entry) {
    return {Address<typename Format::Space>(part.input(index)), Format::address(entry), part.level,
            Format::attributes(entry), entry};
}

template <TableFormat Format, TableMemory<typename Format::Space> Memory>
struct TableWalk {
    Memory& memory;

    /// `part`: the root's, around the address. Errors: not_mapped.
    Result<TableLeaf<Format>> translate(TablePart part) const {
        while (true) {
            const usize index = part.first();
            const u64 entry = memory.read(part.table, index);
            if (!Format::is_valid(entry)) {
                return fail(Error::not_mapped);
            }
            if (!Format::is_table(entry, part.level)) {
                return leaf_of<Format>(part, index, entry);
            }
            part = part.child(Format::address(entry), index);
        }
    }

    /// `visitor(const TableLeaf<Format>&)` for each leaf that touches the part, ascending.
    template <class Visitor>
    void visit(const TablePart& part, Visitor& visitor) const {
        const usize past = part.past();
        for (usize index = part.first(); index < past; ++index) {
            const u64 entry = memory.read(part.table, index);
            if (!Format::is_valid(entry)) {
                continue;
            }
            if (Format::is_table(entry, part.level)) {
                visit(part.child(Format::address(entry), index), visitor);
            } else {
                visitor(leaf_of<Format>(part, index, entry));
            }
        }
    }

    /// The first leaf that touches the part.
    std::optional<TableLeaf<Format>> first(const TablePart& part) const {
        const usize past = part.past();
        for (usize index = part.first(); index < past; ++index) {
            const u64 entry = memory.read(part.table, index);
            if (!Format::is_valid(entry)) {
                continue;
            }
            if (!Format::is_table(entry, part.level)) {
                return leaf_of<Format>(part, index, entry);
            }
            if (const auto below = first(part.child(Format::address(entry), index))) {
                return below;
            }
        }
        return {};
    }

    /// Whether nothing in the part translates.
    bool is_unmapped(const TablePart& part) const {
        const usize past = part.past();
        for (usize index = part.first(); index < past; ++index) {
            const u64 entry = memory.read(part.table, index);
            if (Format::is_valid(entry) &&
                (!Format::is_table(entry, part.level) ||
                 !is_unmapped(part.child(Format::address(entry), index)))) {
                return false;
            }
        }
        return true;
    }
};

}  // namespace isthmus::mm
