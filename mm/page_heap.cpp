// SPDX-License-Identifier: Apache-2.0
#include "mm/page_heap.hpp"

#include "isthmus/panic.hpp"

namespace isthmus::mm {
namespace {

constexpr HostRange block(HostAddress address, unsigned order) {
    return HostRange::from(address, page_size << order).value_or(HostRange());
}

/// Of the largest aligned block that starts at `address` and fits into `bytes`.
constexpr unsigned largest_order(HostAddress address, u64 bytes) {
    unsigned order = 0;
    while (order < PageHeap::max_order && address.is_aligned(page_size << (order + 1)) &&
           (page_size << (order + 1)) <= bytes) {
        ++order;
    }
    return order;
}

}  // namespace

PageHeap::PageHeap(const FrameTable& table) : table_(table) {
    heads_.fill(page_word::no_frame);
    counts_.fill(0);
}

Result<void> PageHeap::add(HostRange range) {
    if (!range.is_aligned(page_size)) {
        return fail(Error::unaligned);
    }
    if (range.empty()) {
        return {};
    }
    if (table_.frames(range).empty()) {
        return fail(Error::out_of_range);
    }
    for (HostAddress next = range.start(); next < range.end();) {
        const unsigned order = largest_order(next, range.end() - next);
        if (table_.lookup(next)->word() != page_word::none || table_.in_free_block(next)) {
            return fail(Error::wrong_owner);
        }
        insert(next, order);
        total_pages_ += u64{1} << order;
        next += page_size << order;
    }
    return {};
}

Result<HostAddress> PageHeap::allocate(unsigned order, DomainId owner) {
    if (order > max_order || owner == DomainId::none) {
        return fail(Error::invalid_argument);
    }
    unsigned found = order;
    while (heads_[found] == page_word::no_frame) {
        if (++found > max_order) {
            return fail(Error::out_of_memory);
        }
    }
    const u64 index = heads_[found];
    remove(index, found);
    // The upper halves go back, the lower one is used.
    while (found > order) {
        --found;
        push(index + (u64{1} << found), found);
    }
    const HostAddress address = table_.address_of(index);
    fill_words(table_.frames(block(address, order)), page_word::allocated(owner, 1, false));
    return address;
}

void PageHeap::free(HostAddress address, unsigned order) {
    check(order <= max_order && address.is_aligned(page_size << order), "heap: block to free");
    const std::span<PageInfo> pages = table_.frames(block(address, order));
    check(!pages.empty() && !table_.in_free_block(address), "heap: freed twice, or not RAM");
    for (const PageInfo& page : pages) {
        check(page.word() == page_word::none, "heap: freed page is in use");
    }
    insert(address, order);
}

void PageHeap::give_back(HostAddress address, unsigned order) {
    for (PageInfo& page : table_.frames(block(address, order))) {
        check(put_page(page) && !page.is_static(), "heap: page given back is still referenced");
    }
    free(address, order);
}

void PageHeap::insert(HostAddress address, unsigned order) {
    while (order < max_order) {
        const HostAddress buddy(address.raw() ^ (page_size << order));
        // Buddies touch each other, and adjacent banks are one: a joined block lies in one bank.
        if (!is_free_head(buddy, order)) {
            break;
        }
        remove(table_.index_of(buddy), order);
        address = address < buddy ? address : buddy;
        ++order;
    }
    push(table_.index_of(address), order);
}

bool PageHeap::is_free_head(HostAddress address, unsigned order) const {
    const PageInfo* page = table_.lookup(address);
    if (page == nullptr) {
        return false;
    }
    const u64 word = page->word();
    return page_word::state(word) == PageState::heap_head && page_word::Order::get(word) == order;
}

void PageHeap::push(u64 index, unsigned order) {
    const u64 next = heads_[order];
    if (next != page_word::no_frame) {
        PageInfo& after = table_.frame(next);
        after.set_word(page_word::Previous::set(after.word(), index));
    }
    table_.frame(index).set_word(page_word::heap_head(order, next, page_word::no_frame));
    heads_[order] = index;
    ++counts_[order];
    free_pages_ += u64{1} << order;
}

void PageHeap::remove(u64 index, unsigned order) {
    const u64 word = table_.frame(index).word();
    const u64 next = page_word::Next::get(word);
    const u64 previous = page_word::Previous::get(word);
    if (previous == page_word::no_frame) {
        heads_[order] = next;
    } else {
        PageInfo& before = table_.frame(previous);
        before.set_word(page_word::Next::set(before.word(), next));
    }
    if (next != page_word::no_frame) {
        PageInfo& after = table_.frame(next);
        after.set_word(page_word::Previous::set(after.word(), previous));
    }
    table_.frame(index).set_word(page_word::none);
    --counts_[order];
    free_pages_ -= u64{1} << order;
}

}  // namespace isthmus::mm
