// SPDX-License-Identifier: Apache-2.0
// The machine's RAM, once it is divided: the frame table over all of it, the heap, the static
// pages. The rooms of mm take no locks; here is the one around the heap.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "isthmus/late.hpp"
#include "isthmus/spinlock.hpp"
#include "mm/frame_table.hpp"
#include "mm/page_heap.hpp"
#include "mm/page_release.hpp"
#include "mm/static_pool.hpp"

namespace isthmus::core {

/// Frame table and heap, as the plan divides RAM; shows the heap in Isthmus's map and gives
/// Isthmus's own frames their owner. With bootscrub=1 all RAM that nobody has is cleared. Boot
/// only. Error: out_of_memory.
Result<void> build_machine_memory(const dom0less::Plan& plan, const fdt::HostDescription& host);

const mm::FrameTable& frames();
mm::StaticPool& static_pool();
/// Free pages of the heap, and all that it was given.
u64 heap_free_pages();
u64 heap_total_pages();

/// 2^order pages for Isthmus itself, as they are. Error: out_of_memory.
Result<HostAddress> allocate_pages(unsigned order);
void free_pages(HostAddress address, unsigned order);

/// One cleared page for a translation table.
Result<HostAddress> allocate_table_page();
void free_table_page(HostAddress table);

/// A cleared array of objects that lives until the machine stops. Error: out_of_memory.
template <class T>
Result<std::span<T>> allocate_objects(usize count);

/// Gives back one reference of each page of a range; those without any other are free. The range
/// must be in Isthmus's map already, unless it is static. One lock for all of it: a guest's whole
/// RAM goes this way.
void put_pages(HostRange range);

/// Where a page goes whose last reference is gone; brings it into Isthmus's map, and takes the
/// heap's lock, for this one.
struct ReleasePages {
    void operator()(mm::PageInfo& page) const;
};

Result<void*> allocate_cleared(u64 bytes);

template <class T>
Result<std::span<T>> allocate_objects(usize count) {
    if (count == 0) {
        return std::span<T>();
    }
    T* first = static_cast<T*>(ISTHMUS_TRY(allocate_cleared(count * sizeof(T))));
    for (usize i = 0; i < count; ++i) {
        new (first + i) T();
    }
    return std::span<T>(first, count);
}

}  // namespace isthmus::core
