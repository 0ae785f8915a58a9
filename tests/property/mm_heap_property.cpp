// SPDX-License-Identifier: Apache-2.0
// Frame table and heap against a model that keeps a std::map of owned pages and knows nothing of
// blocks, words or buddies.
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

#include "mm/page_release.hpp"
#include "tests/unit/mm/frames.hpp"

namespace isthmus::mm {
namespace {

using test::Frames;
using test::host_range;

struct ModelPage {
    u64 owner = 0;
    u64 references = 0;
    bool is_static = false;
};

/// Two heap ranges in two banks, one of them not aligned to anything, and a static range.
struct System {
    static constexpr u64 low = 0x4000'3000;
    static constexpr u64 low_pages = 300;
    static constexpr u64 high = 0x8000'0000;
    static constexpr u64 high_pages = 256;
    static constexpr u64 static_start = high + high_pages * page_size;
    static constexpr u64 static_pages = 32;

    System() {
        RC_ASSERT(heap.add(host_range(low, low_pages * page_size)).has_value());
        RC_ASSERT(heap.add(host_range(high, high_pages * page_size)).has_value());
    }

    Frames frames{{host_range(low, low_pages* page_size),
                   host_range(high, (high_pages + static_pages) * page_size)}};
    PageHeap heap{frames.table};
    StaticPool pool{frames.table};
    PageRelease release{frames.table, heap, pool};
    std::map<u64, ModelPage> model;  ///< owned pages by host address

    u64 owned(bool is_static) const {
        u64 count = 0;
        for (const auto& [address, page] : model) {
            count += page.is_static == is_static ? 1U : 0U;
        }
        return count;
    }

    void allocate() {
        const unsigned order = *rc::gen::inRange(0U, 8U);
        const DomainId owner{*rc::gen::inRange<u16>(1, 4)};
        const Result<HostAddress> block = heap.allocate(order, owner);
        if (!block) {
            // It may refuse only when no aligned block of that size is free.
            RC_ASSERT(block.error() == Error::out_of_memory);
            RC_ASSERT(!has_free_block(low, low_pages, order));
            RC_ASSERT(!has_free_block(high, high_pages, order));
            return;
        }
        RC_ASSERT(block->is_aligned(page_size << order));
        for (u64 page = 0; page < (u64{1} << order); ++page) {
            const u64 address = block->raw() + page * page_size;
            RC_ASSERT(!model.contains(address));
            RC_ASSERT(address < static_start);
            model[address] = {static_cast<u64>(owner), 1, false};
        }
    }

    void assign_static() {
        const u64 first = *rc::gen::inRange<u64>(0, static_pages);
        const u64 count = *rc::gen::inRange<u64>(1, static_pages - first + 1);
        const DomainId owner{*rc::gen::inRange<u16>(1, 4)};
        const u64 references = *rc::gen::inRange<u64>(1, 4);
        const HostRange range = host_range(static_start + first * page_size, count * page_size);
        bool free = true;
        for (u64 at = range.start().raw(); at < range.end().raw(); at += page_size) {
            free = free && !model.contains(at);
        }
        RC_ASSERT(pool.assign(range, owner, references).has_value() == free);
        for (u64 at = range.start().raw(); free && at < range.end().raw(); at += page_size) {
            model[at] = {static_cast<u64>(owner), references, true};
        }
    }

    void get() {
        const u64 address = any_page();
        const DomainId owner{*rc::gen::inRange<u16>(1, 4)};
        const u32 n = *rc::gen::inRange<u32>(0, 5);
        const Result<void> got = get_page_nr(frames[address], owner, n);
        const auto page = model.find(address);
        if (page == model.end()) {
            RC_ASSERT(got.error() == Error::not_allocated);
        } else if (page->second.owner != static_cast<u64>(owner)) {
            RC_ASSERT(got.error() == Error::wrong_owner);
        } else {
            RC_ASSERT(got.has_value());
            page->second.references += n;
        }
    }

    void put() {
        if (model.empty()) {
            return;
        }
        auto page = model.lower_bound(any_page());
        page = page == model.end() ? model.begin() : page;
        const u64 n = *rc::gen::inRange<u64>(1, page->second.references + 1);
        PageInfo& info = frames[page->first];
        const bool freed = put_page_nr(info, static_cast<u32>(n));
        RC_ASSERT(freed == (n == page->second.references));
        page->second.references -= n;
        if (freed) {
            release(info);
            model.erase(page);
        }
    }

    void compare() {
        // One assertion for all frames: rapidcheck's cost more than what they compare.
        u64 wrong = 0;
        for (u64 i = 0; i < frames.table.frame_count(); ++i) {
            const HostAddress address = frames.table.address_of(i);
            const PageValue found = frames.table.frame(i).snapshot();
            const auto page = model.find(address.raw());
            const bool owned = page != model.end();
            // A page of the heap is owned or in a free block; a static page is never in one.
            const bool in_heap = address.raw() < static_start;
            wrong += frames.table.in_free_block(address) != (in_heap && !owned) ? 1U : 0U;
            wrong += owned != (found.state == PageState::allocated) ? 1U : 0U;
            if (owned) {
                const ModelPage& model_page = page->second;
                const PageValue expected{PageState::allocated,
                                         static_cast<DomainId>(model_page.owner),
                                         model_page.references, model_page.is_static};
                wrong += found != expected ? 1U : 0U;
            }
        }
        RC_ASSERT(wrong == 0U);
        RC_ASSERT(heap.free_pages() == low_pages + high_pages - owned(false));
        RC_ASSERT(pool.assigned_pages() == owned(true));
    }

    u64 any_page() {
        const u64 index = *rc::gen::inRange<u64>(0, frames.table.frame_count());
        return frames.table.address_of(index).raw();
    }
    bool has_free_block(u64 start, u64 pages, unsigned order) const {
        const u64 size = page_size << order;
        const u64 end = start + pages * page_size;
        for (u64 block = align_up(start, size); block + size <= end; block += size) {
            const auto next = model.lower_bound(block);
            if (next == model.end() || next->first >= block + size) {
                return true;
            }
        }
        return false;
    }
};

RC_GTEST_PROP(HeapProperty, AgreesWithAMapOfOwnedPages, ()) {
    System system;
    const u64 free_blocks_at_first = system.heap.free_blocks(8);
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10));
    for (const int step : steps) {
        switch (step) {
            case 0:
            case 1:
            case 2:
                system.allocate();
                break;
            case 3:
                system.assign_static();
                break;
            case 4:
            case 5:
                system.get();
                break;
            default:
                system.put();
        }
        system.compare();
    }
    // When all is given back, all blocks are whole again.
    while (!system.model.empty()) {
        const auto page = system.model.begin();
        PageInfo& info = system.frames[page->first];
        RC_ASSERT(put_page_nr(info, static_cast<u32>(page->second.references)));
        system.release(info);
        system.model.erase(page);
    }
    system.compare();
    RC_ASSERT(system.heap.free_blocks(8) == free_blocks_at_first);
    RC_ASSERT(free_blocks_at_first >= 1U);
}

}  // namespace
}  // namespace isthmus::mm
