// SPDX-License-Identifier: Apache-2.0
#include "core/memory/machine_memory.hpp"

#include "isthmus/arch/host_map.hpp"

namespace isthmus::core {
namespace {

constinit Late<mm::FrameTable> frame_table;
constinit Late<mm::StaticPool> pool;
constinit SpinLock heap_lock;
constinit Late<mm::PageHeap> page_heap ISTHMUS_GUARDED_BY(heap_lock);

/// The heap range that also holds the frame table: the largest.
HostRange largest_heap_range(const dom0less::Plan& plan) {
    HostRange largest;
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        if (use.use == dom0less::HostUse::heap && use.range.size() > largest.size()) {
            largest = use.range;
        }
    }
    return largest;
}

/// What of `home` is shown before there is a heap: the frame table, and a piece that holds the
/// tables for all the rest. Where it does not reach the end it stops where a block may.
HostRange first_piece(const fdt::HostDescription& host, HostRange home) {
    constexpr u64 tables_for_the_rest = 4 * MiB;
    u64 pages = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        pages += bank.range.pages();
    }
    const u64 least = pages * sizeof(mm::PageInfo) + tables_for_the_rest;
    if (home.size() <= least + GiB) {
        return home;
    }
    return *HostRange::between(home.start(),
                               HostAddress(align_up((home.start() + least).raw(), GiB)));
}

Result<void> make_frame_table(const fdt::HostDescription& host, HostRange home) {
    StaticVector<HostRange, limits::memory_banks> banks;
    for (const fdt::MemoryBank& bank : host.memory) {
        if (!banks.push_back(bank.range)) {
            return fail(Error::out_of_memory);
        }
    }
    const u64 bytes = align_up(mm::FrameTable::bytes_for(banks.items()), page_size);
    if (home.size() < bytes) {
        return fail(Error::out_of_memory);
    }
    const HostRange storage = *HostRange::from(home.start(), bytes);
    arch::zero_host(storage);
    auto* words = arch::host_object<mm::PageInfo>(storage.start());
    frame_table.make();
    ISTHMUS_TRY(frame_table->build(banks.items(), {words, bytes / sizeof(mm::PageInfo)}));
    return mm::assign_range(frames(), storage, DomainId::dom_isthmus, 1, false);
}

/// Clears RAM that is in Isthmus's map, down to memory itself.
void clear(HostRange range) {
    arch::zero_host(range);
    arch::publish_host(range);
}

void make_heap() {
    const LockGuard guard(heap_lock);
    page_heap.make(frames());
}

/// Shows RAM to Isthmus and makes it the heap's. The heap never looks at free pages, so what is to
/// be cleared is cleared before.
Result<void> feed_heap(HostRange range, bool shown, bool cleared) {
    if (!shown) {
        ISTHMUS_TRY(arch::map_host(range, arch::HostAccess::read_write));
    }
    if (cleared) {
        clear(range);
    }
    const LockGuard guard(heap_lock);
    return page_heap->add(range);
}

/// RAM that is left alone is seen for so long only.
Result<void> clear_unused(const dom0less::Plan& plan) {
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        if (use.use == dom0less::HostUse::unused) {
            ISTHMUS_TRY(arch::map_host(use.range, arch::HostAccess::read_write));
            clear(use.range);
            ISTHMUS_TRY(arch::unmap_host(use.range));
        }
    }
    return {};
}

/// Image, arena, boot tree and modules belong to Isthmus: nobody may ever be given them.
bool is_own(dom0less::HostUse use) {
    return use == dom0less::HostUse::isthmus || use == dom0less::HostUse::arena ||
           use == dom0less::HostUse::boot_tree || use == dom0less::HostUse::module;
}

}  // namespace

Result<void> build_machine_memory(const dom0less::Plan& plan, const fdt::HostDescription& host) {
    const HostRange home = largest_heap_range(plan);
    const HostRange first = first_piece(host, home);
    ISTHMUS_TRY(arch::map_host(first, arch::HostAccess::read_write));
    ISTHMUS_TRY(make_frame_table(host, home));
    make_heap();
    pool.make(frames());
    const u64 taken = align_up(frames().frame_count() * sizeof(mm::PageInfo), page_size);
    const HostRange fed = *HostRange::between(home.start() + taken, first.end());
    ISTHMUS_TRY(feed_heap(fed, true, plan.options.bootscrub));
    const HostRange rest = *HostRange::between(first.end(), home.end());
    ISTHMUS_TRY(feed_heap(rest, false, plan.options.bootscrub));
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        if (is_own(use.use)) {
            ISTHMUS_TRY(mm::assign_range(frames(), use.range, DomainId::dom_isthmus, 1, false));
        } else if (use.use == dom0less::HostUse::heap && use.range != home) {
            ISTHMUS_TRY(feed_heap(use.range, false, plan.options.bootscrub));
        }
    }
    return plan.options.bootscrub ? clear_unused(plan) : Result<void>();
}

const mm::FrameTable& frames() {
    return *frame_table;
}
mm::StaticPool& static_pool() {
    return *pool;
}
u64 heap_free_pages() {
    const LockGuard guard(heap_lock);
    return page_heap->free_pages();
}
u64 heap_total_pages() {
    const LockGuard guard(heap_lock);
    return page_heap->total_pages();
}

Result<HostAddress> allocate_pages(unsigned order) {
    const LockGuard guard(heap_lock);
    if (!page_heap.made()) {
        return fail(Error::out_of_memory);
    }
    return page_heap->allocate(order, DomainId::dom_isthmus);
}

void free_pages(HostAddress address, unsigned order) {
    const LockGuard guard(heap_lock);
    page_heap->give_back(address, order);
}

Result<HostAddress> allocate_table_page() {
    const HostAddress page = ISTHMUS_TRY(allocate_pages(0));
    arch::zero_host(*HostRange::from(page, page_size));
    return page;
}

void free_table_page(HostAddress table) {
    free_pages(table, 0);
}

Result<void*> allocate_cleared(u64 bytes) {
    const unsigned order = mm::order_for(bytes);
    const HostAddress pages = ISTHMUS_TRY(allocate_pages(order));
    arch::zero_host(*HostRange::from(pages, align_up(bytes, page_size)));
    return static_cast<void*>(arch::host_pointer(pages));
}

void put_pages(HostRange range) {
    const LockGuard guard(heap_lock);
    mm::PageRelease release(frames(), *page_heap, *pool);
    for (mm::PageInfo& page : frames().frames(range)) {
        if (mm::put_page(page)) {
            release(page);
        }
    }
}

void ReleasePages::operator()(mm::PageInfo& page) const {
    if (!page.is_static()) {
        // What the heap gives out, Isthmus must see; a guest's page may have been out of its map.
        const HostRange range = *HostRange::from(frames().address_of(page), page_size);
        const Result<void> shown = arch::map_host(range, arch::HostAccess::read_write);
        if (!shown && shown.error() != Error::already_mapped) {
            return;  // no table for it: the page stays nobody's
        }
    }
    const LockGuard guard(heap_lock);
    mm::PageRelease(frames(), *page_heap, *pool)(page);
}

}  // namespace isthmus::core
