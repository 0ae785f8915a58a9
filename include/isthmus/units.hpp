// SPDX-License-Identifier: Apache-2.0
// Sizes in bytes, the page geometry, and alignment arithmetic.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus {

inline constexpr u64 KiB = 1024;
inline constexpr u64 MiB = 1024 * KiB;
inline constexpr u64 GiB = 1024 * MiB;

/// The one granule Isthmus uses at EL2 and at stage 2 (Arm ARM D8.2: 4 KiB granule).
inline constexpr u64 page_shift = 12;
inline constexpr u64 page_size = u64{1} << page_shift;

/// `alignment` must be a power of two in all of these.
constexpr bool is_power_of_two(u64 value) {
    return value != 0 && (value & (value - 1)) == 0;
}
constexpr bool is_aligned(u64 value, u64 alignment) {
    return (value & (alignment - 1)) == 0;
}
constexpr u64 align_down(u64 value, u64 alignment) {
    return value & ~(alignment - 1);
}
/// Wraps to 0 when the next boundary does not fit into 64 bits; callers check ranges first.
constexpr u64 align_up(u64 value, u64 alignment) {
    return (value + (alignment - 1)) & ~(alignment - 1);
}
constexpr u64 divide_up(u64 value, u64 divisor) {
    return value / divisor + (value % divisor != 0 ? 1 : 0);
}

}  // namespace isthmus
