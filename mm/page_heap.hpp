// SPDX-License-Identifier: Apache-2.0
// The page heap: a binary buddy allocator. It never touches the memory it manages, which EL2 need
// not even have mapped: the links of its free lists live in the frame words of free blocks.
//
//     free_[order] ──▶ word of a block's first frame: order, next, previous ──▶ …
//                      words of the block's other frames: 0
#pragma once

#include <array>

#include "mm/frame_table.hpp"

namespace isthmus::mm {

/// Not locked: the caller (core) serialises all calls but the statistics' readers.
class PageHeap {
  public:
    static constexpr unsigned max_order = FrameTable::max_order;
    static constexpr unsigned orders = max_order + 1;

    /// An empty heap over `table`, which must outlive it.
    explicit PageHeap(const FrameTable& table);
    PageHeap(const PageHeap&) = delete;
    PageHeap& operator=(const PageHeap&) = delete;

    /// Feeds a range of RAM that nobody owns. Costs a few words a block, not a word a page.
    /// Errors: unaligned, out_of_range (not in one bank), wrong_owner (the first page of one of
    /// the range's blocks is not free); then earlier blocks have been added.
    Result<void> add(HostRange range);

    /// 2^order pages, aligned to their size; each is allocated to `owner` with one reference.
    /// Contents are whatever was there. Errors: out_of_memory, invalid_argument (order, owner).
    Result<HostAddress> allocate(unsigned order, DomainId owner);

    /// Takes back 2^order pages whose last reference is gone (put_page said true), and joins them
    /// with their free neighbours. A page that is not free of owners, or in the heap already,
    /// panics.
    void free(HostAddress address, unsigned order);

    /// For what the hypervisor allocated for itself: gives back the one reference of each of the
    /// 2^order pages and frees them. A page with further references panics.
    void give_back(HostAddress address, unsigned order);

    u64 free_pages() const { return free_pages_; }
    u64 total_pages() const { return total_pages_; }  ///< ever fed by add()
    u64 free_blocks(unsigned order) const { return counts_[order]; }

  private:
    /// Adds a free block, joined with its free buddies.
    void insert(HostAddress address, unsigned order);
    void push(u64 index, unsigned order);
    void remove(u64 index, unsigned order);
    bool is_free_head(HostAddress address, unsigned order) const;

    const FrameTable& table_;
    std::array<u64, orders> heads_;   ///< frame index of each list's first block
    std::array<u64, orders> counts_;  ///< blocks in each list
    u64 free_pages_ = 0;
    u64 total_pages_ = 0;
};

/// The smallest order whose block holds `bytes`.
constexpr unsigned order_for(u64 bytes) {
    unsigned order = 0;
    while ((page_size << order) < bytes) {
        ++order;
    }
    return order;
}

}  // namespace isthmus::mm
