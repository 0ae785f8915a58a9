// SPDX-License-Identifier: Apache-2.0
// A translation table with a 4 KiB granule, for any TableFormat over any TableMemory.
//
// Rules that hold at every moment, and that the tests replay store by store:
// - an input address translates as before, or not at all, or as asked: never to anything else;
// - a valid entry that changes is first made invalid, then gone from the TLBs, then rewritten
//   (break-before-make, Arm ARM D8.14); a table page is freed after that, too;
// - a new table is complete and visible before the entry that leads to it.
// The largest blocks that addresses and size allow are used; a part of a block that changes splits
// the block. Not locked: one caller at a time.
#pragma once

#include "mm/table_edit.hpp"
#include "mm/table_fill.hpp"

namespace isthmus::mm {

template <TableFormat Format, TableMemory<typename Format::Space> Memory>
class PageTable {
  public:
    using Space = typename Format::Space;
    using Attributes = typename Format::Attributes;
    using InputAddress = Address<Space>;
    using InputRange = Range<Space>;
    using Leaf = TableLeaf<Format>;

    /// `root`: geometry.root_bytes() of zeros, aligned to their size, that stay the caller's.
    PageTable(Memory& memory, HostAddress root, TableGeometry geometry)
        : memory_(memory), root_(root), geometry_(geometry) {
        check(geometry.is_valid() && root.is_aligned(geometry.root_bytes()), "page-table root");
    }

    HostAddress root() const { return root_; }
    TableGeometry geometry() const { return geometry_; }

    /// Maps the whole input range to host memory from `host` on. Errors: unaligned, out_of_range,
    /// already_mapped (any part of it), out_of_memory (table pages); then nothing has changed.
    Result<void> map(InputRange input, HostAddress host, Attributes attributes) {
        ISTHMUS_TRY(check_input(input));
        if (!host.is_aligned(page_size)) {
            return fail(Error::unaligned);
        }
        if (input.empty()) {
            return {};
        }
        if (host.raw() >= host_limit || host_limit - host.raw() < input.size()) {
            return fail(Error::out_of_range);
        }
        if (!is_unmapped(input)) {
            return fail(Error::already_mapped);
        }
        const Result<void> filled =
            TableFill<Format, Memory>{memory_, attributes}.fill(top(input), host);
        if (!filled) {
            // Only what this call mapped stands in the range; its tables go, too.
            const auto ignore = [](const Leaf&) {};
            TableRemove<Format, Memory>{memory_}.remove(top(input), ignore);
        }
        return filled;
    }

    /// Removes every mapping in the range; holes are skipped. `removed(const Leaf&)` is called for
    /// each leaf after no CPU can use it any more; it must not use this table.
    /// Errors: unaligned, out_of_range, out_of_memory (a block had to be split); nothing removed.
    template <class Removed>
    Result<void> unmap(InputRange input, Removed&& removed) {
        ISTHMUS_TRY(check_input(input));
        ISTHMUS_TRY(split_edges(input));
        TableRemove<Format, Memory>{memory_}.remove(top(input), removed);
        return {};
    }

    /// Gives every mapping in the range other attributes; holes stay. For a moment the range
    /// translates to nothing: whoever uses it must be stopped or must retry after a fault.
    /// Errors: as unmap; nothing changed.
    Result<void> change(InputRange input, Attributes attributes) {
        ISTHMUS_TRY(check_input(input));
        ISTHMUS_TRY(split_edges(input));
        TableChange<Format, Memory>{memory_, attributes}.change(top(input));
        return {};
    }

    /// What the address translates to; the leaf's input range contains it. not_mapped,
    /// out_of_range.
    Result<Leaf> translate(InputAddress address) const {
        if (address.raw() >= geometry_.input_size()) {
            return fail(Error::out_of_range);
        }
        return TableWalk<Format, Memory>{memory_}.translate(around(address.raw()));
    }

    /// `visitor(const Leaf&)` for each leaf that touches the range, in ascending order.
    template <class Visitor>
    void visit(InputRange input, Visitor&& visitor) const {
        TableWalk<Format, Memory>{memory_}.visit(top(input), visitor);
    }
    /// Each leaf of the whole table: what the audit compares with the plan.
    template <class Visitor>
    void visit_all(Visitor&& visitor) const {
        visit(whole(), visitor);
    }
    /// The first leaf that touches `from` or lies behind it.
    std::optional<Leaf> first_leaf(InputAddress from) const {
        if (from >= whole().end()) {
            return {};
        }
        return TableWalk<Format, Memory>{memory_}.first(
            top(*InputRange::between(from, whole().end())));
    }
    bool is_unmapped(InputRange input) const {
        return TableWalk<Format, Memory>{memory_}.is_unmapped(top(input));
    }
    /// The whole input space.
    InputRange whole() const { return *InputRange::from(InputAddress(0), geometry_.input_size()); }

    /// Removes everything and frees all table pages but the root.
    template <class Removed>
    void clear(Removed&& removed) {
        TableRemove<Format, Memory>{memory_}.remove(top(whole()), removed);
    }

  private:
    TablePart around(u64 address) const {
        return {root_, geometry_.start_level, 0, address, address + 1};
    }
    static constexpr u64 host_limit = u64{1} << 48;

    Result<void> check_input(InputRange input) const {
        if (!input.is_aligned(page_size)) {
            return fail(Error::unaligned);
        }
        if (input.end().raw() > geometry_.input_size()) {
            return fail(Error::out_of_range);
        }
        return {};
    }
    /// So that no leaf crosses an end of the range.
    Result<void> split_edges(InputRange input) {
        if (input.empty()) {
            return {};
        }
        const TableSplit<Format, Memory> split{memory_};
        ISTHMUS_TRY(split.split_at(around(input.start().raw())));
        // An end at the end of the input space is no address of it, and crossed by nothing.
        return input.end() == whole().end() ? Result<void>()
                                            : split.split_at(around(input.end().raw()));
    }
    /// The root's entries for what of the range lies in the input space.
    TablePart top(InputRange input) const {
        const InputRange inside = input.intersection(whole());
        return {root_, geometry_.start_level, 0, inside.start().raw(), inside.end().raw()};
    }

    Memory& memory_;
    HostAddress root_;
    TableGeometry geometry_;
};

}  // namespace isthmus::mm
