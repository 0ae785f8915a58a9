// SPDX-License-Identifier: Apache-2.0
#include "mm/frame_table.hpp"

namespace isthmus::mm {
namespace {

/// Boot hands out hundreds of thousands of frames one by one: the loops below look at sixteen words
/// a turn, without atomicity, so that a frame costs two or three instructions.
constexpr usize unroll = 16;

/// A non-zero value when any word differs from `expected` in a bit of `mask`. A constant `expected`
/// of 0 spares an instruction a frame.
[[gnu::always_inline]] inline u64 differences(std::span<const PageInfo> pages, u64 expected,
                                              u64 mask) {
    const PageInfo* page = pages.data();
    u64 seen = 0;
    for (usize turns = pages.size() / unroll; turns != 0; --turns, page += unroll) {
#pragma GCC unroll 16
        for (usize i = 0; i < unroll; ++i) {
            seen |= page[i].plain_word() ^ expected;
        }
        if ((seen & mask) != 0) {
            return seen & mask;
        }
    }
    for (usize rest = pages.size() % unroll; rest != 0; --rest, ++page) {
        seen |= page->plain_word() ^ expected;
    }
    return seen & mask;
}

bool all_assignable(std::span<const PageInfo> pages, bool is_static) {
    // Nearly always all are untouched; a range that came back to the static pool is the other case.
    if (differences(pages, page_word::none, ~u64{0}) == 0) {
        return true;
    }
    for (const PageInfo& page : pages) {
        if (!page_word::is_assignable(page.plain_word(), is_static)) {
            return false;
        }
    }
    return true;
}

}  // namespace

void fill_words(std::span<PageInfo> pages, u64 word) {
    PageInfo* page = pages.data();
    for (usize turns = pages.size() / unroll; turns != 0; --turns, page += unroll) {
#pragma GCC unroll 16
        for (usize i = 0; i < unroll; ++i) {
            page[i].plain_word() = word;
        }
    }
    for (usize rest = pages.size() % unroll; rest != 0; --rest, ++page) {
        page->plain_word() = word;
    }
}

static_assert(limits::ram_bytes / page_size <= FrameTable::max_frames, "what a rule lets pass");

u64 FrameTable::bytes_for(std::span<const HostRange> banks) {
    u64 frames = 0;
    for (const HostRange& bank : banks) {
        frames += bank.pages();
    }
    return frames * sizeof(PageInfo);
}

Result<void> FrameTable::build(std::span<const HostRange> banks, std::span<PageInfo> storage) {
    const Result<u64> frames = add_sections(banks);
    const bool too_many = frames && *frames > max_frames;
    const bool too_small = frames && *frames > storage.size();
    if (!frames || too_many || too_small) {
        sections_.clear();
        return fail(!frames    ? frames.error()
                    : too_many ? Error::out_of_range
                               : Error::out_of_memory);
    }
    frames_ = storage.first(*frames);
    return {};
}

Result<FrameTable> FrameTable::create(std::span<const HostRange> banks,
                                      std::span<PageInfo> storage) {
    Result<FrameTable> table;
    if (const Result<void> built = table->build(banks, storage); !built) {
        table = fail(built.error());
    }
    return table;
}

Result<u64> FrameTable::add_sections(std::span<const HostRange> banks) {
    u64 frames = 0;
    HostAddress last_end;
    for (const HostRange& bank : banks) {
        if (!bank.is_aligned(page_size)) {
            return fail(Error::unaligned);
        }
        if (bank.start() < last_end) {
            return fail(Error::out_of_range);
        }
        if (bank.empty()) {
            continue;
        }
        if (!sections_.empty() && bank.start() == last_end) {
            Section& last = sections_[sections_.size() - 1];
            last.range = *HostRange::between(last.range.start(), bank.end());
        } else if (!sections_.push_back({bank, frames})) {
            return fail(Error::out_of_range);
        }
        frames += bank.pages();
        last_end = bank.end();
    }
    return frames;
}

std::span<PageInfo> FrameTable::frames(HostRange range) const {
    for (const Section& section : sections_) {
        if (section.range.contains(range)) {
            const u64 offset = range.start() - section.range.start();
            return frames_.subspan(section.first_index + (offset >> page_shift), range.pages());
        }
    }
    return {};
}

HostAddress FrameTable::address_of(u64 index) const {
    const Section* found = nullptr;
    for (const Section& section : sections_) {
        if (section.first_index > index) {
            break;
        }
        found = &section;
    }
    check(found != nullptr && index < frame_count(), "no such frame");
    return found->range.start() + ((index - found->first_index) << page_shift);
}

bool FrameTable::in_free_block(HostAddress address) const {
    for (unsigned order = 0; order <= max_order; ++order) {
        const PageInfo* head = lookup(address.align_down(page_size << order));
        if (head == nullptr) {
            // A larger block around `address` would hold this hole, too; blocks do not cross one.
            return false;
        }
        const u64 word = head->word();
        if (page_word::state(word) == PageState::heap_head &&
            page_word::Order::get(word) >= order) {
            return true;
        }
    }
    return false;
}

Result<void> assign_range(const FrameTable& table, HostRange range, DomainId owner, u64 references,
                          bool is_static) {
    if (!range.is_aligned(page_size)) {
        return fail(Error::unaligned);
    }
    if (references == 0 || owner == DomainId::none) {
        return fail(Error::invalid_argument);
    }
    if (references > page_word::max_references) {
        return fail(Error::count_overflow);
    }
    if (range.empty()) {
        return {};
    }
    const std::span<PageInfo> pages = table.frames(range);
    if (pages.empty()) {
        return fail(Error::out_of_range);
    }
    // A free block that reaches into the range has its head in it, and the words say so, or holds
    // the range's first page.
    if (table.in_free_block(range.start()) || !all_assignable(pages, is_static)) {
        return fail(Error::wrong_owner);
    }
    fill_words(pages, page_word::allocated(owner, references, is_static));
    return {};
}

bool is_owned_by(const FrameTable& table, HostRange range, DomainId owner) {
    if (range.empty()) {
        return true;
    }
    const std::span<PageInfo> pages = table.frames(range);
    return range.is_aligned(page_size) && !pages.empty() &&
           differences(pages, page_word::allocated(owner, 0, false),
                       page_word::State::mask | page_word::Owner::mask) == 0;
}

}  // namespace isthmus::mm
