// SPDX-License-Identifier: Apache-2.0
// Static pages: RAM that the tree names for one purpose (xen,static-mem, shared regions with a host
// address). They are handed out by address and, when their last reference is gone, stay here for
// the same purpose: the heap never sees them.
#pragma once

#include "isthmus/atomic.hpp"
#include "mm/frame_table.hpp"

namespace isthmus::mm {

class StaticPool {
  public:
    explicit constexpr StaticPool(const FrameTable& table) : table_(table) {}

    /// Gives the range's pages to `owner`, each with `references` references. The first time a
    /// range is named it becomes static; later it must have come back whole. While no other CPU
    /// touches these frames. Errors as assign_range; nothing changed.
    Result<void> assign(HostRange range, DomainId owner, u64 references);

    /// Counts a page whose put_page said true. Any CPU.
    void take_back(const PageInfo& page);

    u64 assigned_pages() const { return assigned_.load(); }  ///< with an owner now
    u64 returned_pages() const { return returned_.load(); }  ///< free, kept for static use

  private:
    const FrameTable& table_;
    Atomic<u64> assigned_;
    Atomic<u64> returned_;
};

}  // namespace isthmus::mm
