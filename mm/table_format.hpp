// SPDX-License-Identifier: Apache-2.0
// What the generic page-table code asks of an architecture: how a descriptor is written, and how
// table memory is reached. Both are policies, so that the same code runs at EL2, and on a
// developer's machine over a memory that records each store.
#pragma once

#include <concepts>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"

namespace isthmus::mm {

/// How one kind of translation table writes its descriptors. Level 1 entries span 1 GiB, level 2
/// 2 MiB, level 3 4 KiB; leaves exist at these levels. An entry of 0 is empty.
template <class F>
concept TableFormat =
    std::equality_comparable<typename F::Attributes> &&
    requires(u64 entry, unsigned level, HostAddress host, typename F::Attributes attributes) {
        typename F::Space;  ///< the space of input addresses, as in Range<Space>
        /// A valid block or page descriptor.
        { F::leaf(host, level, attributes) } -> std::same_as<u64>;
        /// A valid descriptor of a next-level table.
        { F::table(host) } -> std::same_as<u64>;
        { F::is_valid(entry) } -> std::same_as<bool>;
        /// Of a non-empty entry, valid or detached: whether it points to a next-level table.
        { F::is_table(entry, level) } -> std::same_as<bool>;
        /// Output address of a leaf, or address of the next-level table.
        { F::address(entry) } -> std::same_as<HostAddress>;
        /// Of a leaf.
        { F::attributes(entry) } -> std::same_as<typename F::Attributes>;
        /// The entry made invalid, its other bits kept: translation stops here, while the code
        /// still knows what stood there.
        { F::detached(entry) } -> std::same_as<u64>;
    };

/// How table pages are found, read and written, and how translation hardware learns of a change.
template <class M, class Space>
concept TableMemory =
    requires(M memory, HostAddress table, usize index, u64 value, Range<Space> range) {
        /// A table page of zeros; out_of_memory when there is none.
        { memory.allocate_table() } -> std::same_as<Result<HostAddress>>;
        /// Called only when no translation can reach the table any more.
        memory.free_table(table);
        /// Entry `index` of a table; the root may span several contiguous pages.
        { memory.read(table, index) } -> std::same_as<u64>;
        /// One single-copy atomic 64-bit store.
        memory.write(table, index, value);
        /// make_visible(table, first, count) returns when the walkers see these entries as written,
        /// before anything written later (DSB ISHST; on incoherent walkers a clean before it).
        memory.make_visible(table, index, index);
        /// Returns when no TLB holds anything for the input range, walks of tables included. What
        /// was taken out of the tables has been made visible before.
        memory.invalidate(range);
    };

}  // namespace isthmus::mm
