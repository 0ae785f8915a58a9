// SPDX-License-Identifier: Apache-2.0
// The shape of a stream table (Arm IHI 0070, 3.3.1 and 5.1), and where its parts lie in the one
// piece of memory that an SMMU is given. Only streams that a guest may get have entries: for all
// others the table ends, or has a hole, and the SMMU aborts what they access. Pure.
//
//   +0   the linear table, or the first level
//        second levels: a page for each 64 stream IDs of which one is wanted
//        command queue, event queue: a page each
#pragma once

#include <span>

#include "arch/arm64/smmu/registers.hpp"
#include "arch/arm64/smmu/stream.hpp"
#include "isthmus/arch/smmu.hpp"

namespace isthmus::arch::smmu {

/// Stream IDs of one second-level table, as bits: the one split that all implementations have
/// (STRTAB_BASE_CFG.SPLIT), with which such a table is one page.
inline constexpr unsigned split = 6;
static_assert((sizeof(StreamEntry) << split) == page_size);

namespace l1std {               // 5.1
using Span = BitField<0, 5>;    ///< n: 2^(n - 1) entries; 0: none
using L2ptr = BitField<6, 50>;  ///< in its place
}  // namespace l1std

constexpr u64 level1_descriptor(HostAddress level2) {
    return l1std::Span::of(split + 1) | (level2.raw() & l1std::L2ptr::mask);
}

struct TableShape {
    unsigned bits = 0;  ///< of stream ID (LOG2SIZE)
    bool two_levels = false;

    constexpr u64 entries() const { return u64{1} << bits; }
    constexpr u64 first_level_entries() const { return u64{1} << (bits - split); }
    /// Of the part at the beginning, in whole pages. The hardware aligns it to its size.
    constexpr u64 base_bytes() const {
        return align_up(
            two_levels ? first_level_entries() * sizeof(u64) : entries() * sizeof(StreamEntry),
            page_size);
    }
    constexpr u32 base_cfg() const {
        namespace field = strtab_field;
        return static_cast<u32>(
            field::Log2size::of(bits) |
            (two_levels ? field::Fmt::of(field::fmt_two_level) | field::Split::of(split) : 0));
    }
};

/// Bits of the largest stream ID of `streams`.
constexpr unsigned stream_bits(std::span<const StreamIds> streams) {
    u64 largest = 0;
    for (const StreamIds& range : streams) {
        const u64 last = u64{range.first} + range.count - (range.count != 0 ? 1 : 0);
        largest = last > largest ? last : largest;
    }
    unsigned bits = 0;
    while ((largest >> bits) != 0) {
        ++bits;
    }
    return bits;
}

/// The table for these streams: of two levels where the SMMU has them and one page is not enough.
constexpr TableShape table_shape(u32 idr0_word, std::span<const StreamIds> streams) {
    const unsigned bits = stream_bits(streams);
    return {bits, bits > split && idr0_field::StLevel::get(idr0_word) == 1};
}

/// Whether one of `streams` is among the 64 of second-level table `index`.
constexpr bool wants_level2(std::span<const StreamIds> streams, u64 index) {
    const u64 begin = index << split;
    const u64 end = begin + (u64{1} << split);
    for (const StreamIds& range : streams) {
        if (range.count != 0 && range.first < end && u64{range.first} + range.count > begin) {
            return true;
        }
    }
    return false;
}

constexpr u64 level2_count(const TableShape& shape, std::span<const StreamIds> streams) {
    u64 count = 0;
    for (u64 i = 0; shape.two_levels && i < shape.first_level_entries(); ++i) {
        count += wants_level2(streams, i) ? u64{1} : u64{0};
    }
    return count;
}

/// A queue is one page at most.
inline constexpr u64 queue_bytes = page_size;

constexpr u64 memory_bytes(const TableShape& shape, std::span<const StreamIds> streams) {
    return shape.base_bytes() + level2_count(shape, streams) * page_size + 2 * queue_bytes;
}

}  // namespace isthmus::arch::smmu
