// SPDX-License-Identifier: Apache-2.0
// Isthmus's own map on the fake machine: the real code over tables in the fake RAM, so that the
// pages it takes are seen. It starts as the real one does, with everything at its largest.
#pragma once

#include "arch/arm64/map/own_map.hpp"

namespace isthmus::test {

/// mm::TableMemory: from core's heap once there is one, else early pages, as
/// arch/arm64/map/el2_map.cpp has it.
class OwnTables {
  public:
    Result<HostAddress> allocate_table();
    void free_table(HostAddress table);
    u64 read(HostAddress table, usize index) const;
    void write(HostAddress table, usize index, u64 value);
    void make_visible(HostAddress, usize, usize) {}
    void invalidate(HypRange) {}

    const arch::EarlyTables& early() const { return early_; }
    usize from_heap() const { return from_heap_; }

  private:
    arch::EarlyTables early_;
    usize from_heap_ = 0;
};

/// Made at the first call.
arch::OwnMap<OwnTables>& own_map();
/// Notes how many pages of the heap are taken.
void sample_heap();

}  // namespace isthmus::test
