// SPDX-License-Identifier: Apache-2.0
// Indices into a queue of the SMMU (Arm IHI 0070, 3.5.1): a number of 2^log2 entries, and above it
// a bit that changes with each round. With equal numbers the queue is empty when the bits agree,
// and full when they do not. Pure.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::arch::smmu {

struct QueueShape {
    unsigned log2 = 0;  ///< 0 to 19

    constexpr u32 entries() const { return u32{1} << log2; }
    /// Index and round of a PROD or CONS register, without what else it holds.
    constexpr u32 position(u32 value) const { return value & (2 * entries() - 1); }
    constexpr u32 index(u32 value) const { return value & (entries() - 1); }
    constexpr u32 next(u32 value) const { return position(value + 1); }

    constexpr bool is_empty(u32 prod, u32 cons) const { return position(prod) == position(cons); }
    constexpr bool is_full(u32 prod, u32 cons) const {
        return position(prod) == (position(cons) ^ entries());
    }
    /// Entries between the two.
    constexpr u32 used(u32 prod, u32 cons) const { return position(prod - cons); }
};

}  // namespace isthmus::arch::smmu
