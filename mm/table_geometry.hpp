// SPDX-License-Identifier: Apache-2.0
// The shape of a translation table with a 4 KiB granule (Arm ARM D8.2): 512 entries a table, 9 bits
// of the input address a level. A stage-2 root may be up to 16 concatenated tables, which saves a
// level: 40 bits of input need level 0 with one table each, or level 1 with two tables.
#pragma once

#include "isthmus/types.hpp"
#include "isthmus/units.hpp"

namespace isthmus::mm {

inline constexpr unsigned last_level = 3;
inline constexpr unsigned first_leaf_level = 1;  ///< 1 GiB; a level 0 entry is never a leaf
inline constexpr usize table_entries = 512;

constexpr unsigned entry_shift(unsigned level) {
    return static_cast<unsigned>(page_shift) + 9 * (last_level - level);
}
/// Bytes that one entry of a table of this level spans.
constexpr u64 entry_span(unsigned level) {
    return u64{1} << entry_shift(level);
}
static_assert(entry_span(3) == 4 * KiB && entry_span(2) == 2 * MiB && entry_span(1) == GiB);

struct TableGeometry {
    unsigned start_level = 1;  ///< 0 to 2
    unsigned input_bits = 39;  ///< size of the input space

    constexpr u64 input_size() const { return u64{1} << input_bits; }
    /// Entries of the root, more than 512 when tables are concatenated.
    constexpr usize root_entries() const {
        return usize{1} << (input_bits - entry_shift(start_level));
    }
    /// Contiguous bytes of the root, which must be aligned to as much; a small root has a page.
    constexpr u64 root_bytes() const {
        const u64 bytes = root_entries() * sizeof(u64);
        return bytes < page_size ? page_size : bytes;
    }
    constexpr usize entries(unsigned level) const {
        return level == start_level ? root_entries() : table_entries;
    }
    constexpr bool is_valid() const {
        return start_level < last_level && input_bits > entry_shift(start_level) &&
               input_bits <= 48 && root_bytes() <= 16 * page_size;
    }
    constexpr bool operator==(const TableGeometry&) const = default;
};

}  // namespace isthmus::mm
