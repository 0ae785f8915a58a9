// SPDX-License-Identifier: Apache-2.0
// What taking a domain apart, or filling its memory again, does at most in one piece: pieces are
// done between guests' turns, and a neighbour waits for one at most (docs/supervision.md).
#pragma once

#include "isthmus/units.hpp"

namespace isthmus::core {

inline constexpr u64 cleared_at_once = 16 * KiB;
/// Memory is shown so much at a time, so that Isthmus's map holds little of it.
inline constexpr u64 window_size = 2 * MiB;

}  // namespace isthmus::core
