// SPDX-License-Identifier: Apache-2.0
// Reads and plans every tree of an archive, as at boot, and tells what came of each.
//
// The archive is what tests/corpus/twin.py writes: for each tree its length in bytes and a bit for
// each setting to plan it in, 64 bits little-endian each; the tree; and nothing up to the next
// multiple of 16. A length of 0 ends it.
#pragma once

#include <span>

#include "dom0less/tree/guest_tree.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/text.hpp"

namespace isthmus::twin {

/// What it takes: an arena, and a guest's tree.
inline constexpr usize room_bytes = limits::arena_bytes + dom0less::guest_tree_bytes;

/// `room`: room_bytes, 64-byte aligned on both sides, because an arena's room depends on that.
/// `archive` must be 16-byte aligned. Settings, by number: as the host program does it; with the
/// image in the way; with less and less memory to plan in.
void plan_archive(std::span<const std::byte> archive, std::span<std::byte> room, TextSink& out);

}  // namespace isthmus::twin
