// SPDX-License-Identifier: Apache-2.0
// One 64-bit atomic word a frame: owner, count of references and state of a 4 KiB page of RAM.
// Because all of it is one word, "does this page belong to that domain? then hold it" is a single
// compare-and-swap, and the frame table costs 8 bytes a page. States: see page_word.hpp.
#pragma once

#include "isthmus/atomic.hpp"
#include "isthmus/types.hpp"
#include "mm/page_word.hpp"

namespace isthmus::mm {

/// All operations are lock-free; any CPU may call them at any time, unless they say otherwise.
class PageInfo {
  public:
    constexpr PageInfo() = default;

    /// Owner, count and state, read in one step.
    PageValue snapshot() const { return page_word::decode(word_.load()); }
    bool is_allocated() const { return snapshot().state == PageState::allocated; }
    /// Allocated as a static page, or free and kept for static use.
    bool is_static() const { return snapshot().is_static; }
    DomainId owner() const { return snapshot().owner; }
    u64 references() const { return snapshot().references; }

    /// The bare word, for the heap's lists and the audit.
    u64 word(Order order = Order::acquire) const { return word_.load(order); }
    /// Only for the room mm, while no other CPU can see the frame: the heap's links.
    void set_word(u64 word, Order order = Order::release) { word_.store(word, order); }
    /// The word without atomicity: bulk work while no other CPU can touch the frame.
    u64& plain_word() { return word_.plain(); }
    const u64& plain_word() const { return word_.plain(); }
    /// Moves from `expected` to `desired`; on failure `expected` is what was found. May fail
    /// spuriously.
    bool replace(u64& expected, u64 desired) { return word_.compare_exchange(expected, desired); }

  private:
    Atomic<u64> word_;
};
static_assert(sizeof(PageInfo) == 8 && alignof(PageInfo) == 8);

/// Gives a free frame an owner and `references` references (at least 1) in one step.
/// Errors: wrong_owner (not free), count_overflow, invalid_argument (no reference, or nobody as
/// owner); nothing changed.
Result<void> assign_page(PageInfo& page, DomainId owner, u64 references, bool is_static);

/// Takes `n` references of a page that `owner` owns. 0 takes none, but still checks.
/// Errors: not_allocated, wrong_owner, count_overflow; nothing changed.
Result<void> get_page_nr(PageInfo& page, DomainId owner, u32 n);
inline Result<void> get_page(PageInfo& page, DomainId owner) {
    return get_page_nr(page, owner, 1);
}

/// Gives `n` references back. True: none is left and the page has no owner any more; the caller
/// now returns it, to the static pool when page.is_static(), else to the heap (page_release.hpp).
/// Giving back more than is held panics: that is a bug of ours, never of a guest.
[[nodiscard]] bool put_page_nr(PageInfo& page, u32 n);
[[nodiscard]] inline bool put_page(PageInfo& page) {
    return put_page_nr(page, 1);
}

}  // namespace isthmus::mm
