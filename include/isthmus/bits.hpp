// SPDX-License-Identifier: Apache-2.0
// A register is a table: one line a field, with the manual's name, position and meaning.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus {

constexpr u64 bit(unsigned position) {
    return u64{1} << position;
}

/// `Width` bits of a 64-bit word, of which the lowest is bit `Low`.
template <unsigned Low, unsigned Width = 1>
struct BitField {
    static_assert(Width >= 1 && Low + Width <= 64);
    static constexpr u64 max = Width == 64 ? ~u64{0} : (u64{1} << (Width % 64)) - 1;
    static constexpr u64 mask = max << Low;

    static constexpr u64 get(u64 word) { return (word >> Low) & max; }
    /// The field's bits for `value`, to be OR-ed with those of other fields; excess bits are cut.
    static constexpr u64 of(u64 value) { return (value & max) << Low; }
    static constexpr u64 set(u64 word, u64 value) { return (word & ~mask) | of(value); }
};

}  // namespace isthmus
