// SPDX-License-Identifier: Apache-2.0
// A domain's guest map on this machine: mm's code, stage 2's descriptors, tables from the heap.
#pragma once

#include "arch/arm64/map/stage2_descriptor.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/host_map.hpp"
#include "mm/guest_map.hpp"

namespace isthmus::core {

/// mm::TableMemory for stage 2.
class Stage2Tables {
  public:
    explicit Stage2Tables(u64 vttbr) : vttbr_(vttbr) {}

    Result<HostAddress> allocate_table();
    void free_table(HostAddress table);
    u64 read(HostAddress table, usize index) const {
        return __atomic_load_n(entries(table) + index, __ATOMIC_RELAXED);
    }
    void write(HostAddress table, usize index, u64 value) {
        __atomic_store_n(entries(table) + index, value, __ATOMIC_RELAXED);
    }
    void make_visible(HostAddress, usize, usize) { arch::publish_table(); }
    void invalidate(GuestRange range) { arch::invalidate_guest(vttbr_, range); }

  private:
    static u64* entries(HostAddress table) { return arch::host_object<u64>(table); }
    u64 vttbr_;
};

/// The map together with its table memory.
class DomainMap : public mm::GuestMap<arch::Stage2Format, Stage2Tables> {
  public:
    using Base = mm::GuestMap<arch::Stage2Format, Stage2Tables>;
    DomainMap(const mm::FrameTable& frames, HostAddress root, mm::TableGeometry geometry, u64 vttbr)
        : Base(frames, tables_, root, geometry), tables_(vttbr) {}

  private:
    Stage2Tables tables_;
};

}  // namespace isthmus::core
