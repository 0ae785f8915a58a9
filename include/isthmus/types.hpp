// SPDX-License-Identifier: Apache-2.0
// Fixed-width integer names used everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace isthmus {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using usize = std::size_t;

static_assert(sizeof(usize) == 8, "Isthmus is a 64-bit hypervisor; its host program is 64-bit too");

}  // namespace isthmus
