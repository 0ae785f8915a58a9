// SPDX-License-Identifier: Apache-2.0
// The word of one frame as a plain value: its layout and its transitions, without atomics. The
// atomic operations of page_info.hpp are loops around these functions, and the model in tests/model
// walks every interleaving of the same functions.
//
//                  assign(owner, references)
//        none ────────────────────────────────────▶ allocated ◀───────── static_free
//         ▲ ▲                                        │  ▲  │                  ▲
//         │ └──── give: count 0, not static ─────────┘  └──┘ take, give       │
//         ▼                                           │                       │
//     heap_head (first frame of a free block)         └─ give: count 0, static┘
#pragma once

#include "isthmus/bits.hpp"
#include "isthmus/domain_id.hpp"
#include "isthmus/result.hpp"

namespace isthmus::mm {

/// What a frame is, in the lowest bits of its word.
enum class PageState : u8 {
    none = 0,         ///< nobody's: reserved, inside a free block, or on its way to the heap
    heap_head = 1,    ///< first frame of a free block: the word holds the heap's links
    static_free = 2,  ///< a static page without owner; never goes to the heap
    allocated = 3,    ///< has an owner and at least one reference
};

/// A decoded copy of one frame's word.
struct PageValue {
    PageState state = PageState::none;
    DomainId owner = DomainId::none;
    u64 references = 0;
    bool is_static = false;

    bool operator==(const PageValue&) const = default;
};

namespace page_word {

using State = BitField<0, 2>;
// Of an allocated frame.
using Static = BitField<2, 1>;
using Count = BitField<8, 40>;
using Owner = BitField<48, 16>;
// Of the first frame of a free heap block. Links are frame indices; a link of all ones ends a list.
using Order = BitField<2, 5>;
using Next = BitField<8, 28>;
using Previous = BitField<36, 28>;

inline constexpr u64 none = 0;
inline constexpr u64 static_free = State::of(static_cast<u64>(PageState::static_free));
inline constexpr u64 max_references = Count::max;
inline constexpr u64 no_frame = Next::max;

/// The result of giving references back.
struct Given {
    u64 word = none;
    bool freed = false;  ///< the count reached 0
    bool held = true;    ///< false: more was given than is held; `word` is unchanged
};

constexpr PageState state(u64 word) {
    return static_cast<PageState>(State::get(word));
}

constexpr u64 allocated(DomainId owner, u64 references, bool is_static) {
    return State::of(static_cast<u64>(PageState::allocated)) | Static::of(is_static ? 1 : 0) |
           Count::of(references) | Owner::of(static_cast<u64>(owner));
}

constexpr u64 heap_head(unsigned order, u64 next, u64 previous) {
    return State::of(static_cast<u64>(PageState::heap_head)) | Order::of(order) | Next::of(next) |
           Previous::of(previous);
}

constexpr PageValue decode(u64 word) {
    switch (state(word)) {
        case PageState::allocated:
            return {PageState::allocated, static_cast<DomainId>(Owner::get(word)), Count::get(word),
                    Static::get(word) != 0};
        case PageState::static_free:
            return {PageState::static_free, DomainId::none, 0, true};
        default:
            return {state(word), DomainId::none, 0, false};
    }
}

/// The word after `owner`'s page got `n` more references.
/// Errors: not_allocated, wrong_owner, count_overflow.
constexpr Result<u64> take(u64 word, DomainId owner, u32 n) {
    if (state(word) != PageState::allocated) {
        return fail(Error::not_allocated);
    }
    if (Owner::get(word) != static_cast<u64>(owner)) {
        return fail(Error::wrong_owner);
    }
    if (n > max_references - Count::get(word)) {
        return fail(Error::count_overflow);
    }
    return word + Count::of(n);
}

/// The word after `n` references were given back. At 0 the page loses its owner in the same step,
/// so that nobody can take it on its way to the heap or the static pool.
constexpr Given give(u64 word, u32 n) {
    if (state(word) != PageState::allocated || Count::get(word) < n) {
        return {word, false, false};
    }
    if (Count::get(word) > n) {
        return {word - Count::of(n), false, true};
    }
    return {Static::get(word) != 0 ? static_free : none, true, true};
}

/// A frame that may be given an owner; a static page stays static. A frame inside a free heap block
/// looks the same as one that nobody manages; FrameTable::in_free_block tells them apart.
constexpr bool is_assignable(u64 word, bool is_static) {
    return word == none || (is_static && word == static_free);
}

}  // namespace page_word
}  // namespace isthmus::mm
