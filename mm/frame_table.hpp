// SPDX-License-Identifier: Apache-2.0
// The frame table: one PageInfo for each 4 KiB frame of the machine's RAM, and nothing for the
// holes between banks.
//
//     banks     [ bank 0 ]      hole      [   bank 1   ]        host addresses
//     storage   [ words 0..n )[ words n..m )                    frame indices
#pragma once

#include <span>

#include "isthmus/limits.hpp"
#include "isthmus/panic.hpp"
#include "isthmus/range.hpp"
#include "isthmus/static_vector.hpp"
#include "mm/page_info.hpp"

namespace isthmus::mm {

/// Host addresses to frames and back. Made once at boot; after that its shape never changes, and
/// any CPU may look up.
class FrameTable {
  public:
    /// Highest number of frames: the heap's links are 28 bits wide, the last value ends a list
    /// (1 TiB of RAM).
    static constexpr u64 max_frames = page_word::no_frame;
    static constexpr unsigned max_order = 18;  ///< the heap's largest block: 1 GiB

    /// Bytes of storage the table needs. Banks as for the constructor.
    static u64 bytes_for(std::span<const HostRange> banks);

    /// A table of no RAM, for build().
    FrameTable() = default;

    /// Makes it the table of `banks`: sorted, disjoint, multiples of 4 KiB; adjacent ones are
    /// joined. `storage`: at least bytes_for(banks) / 8 words, all zero (the caller clears them by
    /// the fastest means it has). Once, in place: the table is too large for a boot stack.
    /// Errors: unaligned, out_of_range (too many banks or frames, or unsorted), out_of_memory
    /// (storage too small); then it is a table of no RAM.
    Result<void> build(std::span<const HostRange> banks, std::span<PageInfo> storage);

    /// The same as a value, where there is stack enough.
    static Result<FrameTable> create(std::span<const HostRange> banks, std::span<PageInfo> storage);

    /// The frame that holds `address`, or nullptr when that is not RAM.
    PageInfo* lookup(HostAddress address) const {
        const u64 index = index_of(address);
        return index == page_word::no_frame ? nullptr : &frames_[index];
    }
    /// The frames of a page-aligned range that lies in one bank; empty when it does not.
    std::span<PageInfo> frames(HostRange range) const;

    u64 frame_count() const { return frames_.size(); }
    /// Sorted, with adjacent banks joined.
    usize bank_count() const { return sections_.size(); }
    HostRange bank(usize number) const { return sections_[number].range; }

    /// Index of the frame that holds `address`; page_word::no_frame when that is not RAM.
    u64 index_of(HostAddress address) const {
        for (const Section& section : sections_) {
            // Below the start the difference wraps and is too large as well.
            const u64 offset = address - section.range.start();
            if (offset < section.range.size()) {
                return section.first_index + (offset >> page_shift);
            }
        }
        return page_word::no_frame;
    }
    PageInfo& frame(u64 index) const { return frames_[index]; }
    /// `index` below frame_count().
    HostAddress address_of(u64 index) const;
    /// `page` must be one of this table's.
    HostAddress address_of(const PageInfo& page) const {
        return address_of(static_cast<u64>(&page - frames_.data()));
    }

    /// Whether the frame is part of a free block of the heap. Looks at one word an order; no other
    /// CPU may work on the heap meanwhile.
    bool in_free_block(HostAddress address) const;

  private:
    struct Section {
        HostRange range;
        u64 first_index = 0;
    };

    /// Frames of all banks, which become the sections.
    Result<u64> add_sections(std::span<const HostRange> banks);

    std::span<PageInfo> frames_;
    StaticVector<Section, limits::memory_banks> sections_;
};

/// Gives a whole range its owner, with `references` references on each page: how boot hands out
/// guest RAM and shared regions, a few instructions a frame. Only while no other CPU touches the
/// range's frames.
/// Errors: unaligned, out_of_range (not in one bank), wrong_owner (a page is not free, or the
/// heap's), count_overflow, invalid_argument; nothing changed.
Result<void> assign_range(const FrameTable& table, HostRange range, DomainId owner, u64 references,
                          bool is_static);

/// Writes the same word to all these frames; no other CPU may touch them. For the room mm.
void fill_words(std::span<PageInfo> pages, u64 word);

/// Whether every page of a page-aligned range is allocated to `owner`.
bool is_owned_by(const FrameTable& table, HostRange range, DomainId owner);

}  // namespace isthmus::mm
