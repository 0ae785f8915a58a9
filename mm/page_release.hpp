// SPDX-License-Identifier: Apache-2.0
// Where a page goes when its last reference is gone.
#pragma once

#include "mm/page_heap.hpp"
#include "mm/static_pool.hpp"

namespace isthmus::mm {

/// Handed to whoever gives references back (GuestMap::unmap). Called once for each page for which
/// put_page said true; the heap's lock must be held.
class PageRelease {
  public:
    constexpr PageRelease(const FrameTable& table, PageHeap& heap, StaticPool& pool)
        : table_(table), heap_(heap), pool_(pool) {}

    void operator()(PageInfo& page) {
        if (page.is_static()) {
            pool_.take_back(page);
        } else {
            heap_.free(table_.address_of(page), 0);
        }
    }

  private:
    const FrameTable& table_;
    PageHeap& heap_;
    StaticPool& pool_;
};

}  // namespace isthmus::mm
