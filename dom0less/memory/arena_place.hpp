// SPDX-License-Identifier: Apache-2.0
// Where everything is read and planned: RAM that the tree shows to be nobody's, found before
// anything can be remembered. Machine and host program find the same place in the same tree, unless
// image or boot tree lie there. Pure, and without an arena.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "isthmus/finding.hpp"
#include "isthmus/range.hpp"

namespace isthmus::dom0less {

/// Isthmus shows it in blocks of this size (arch::show_arena).
inline constexpr u64 arena_block = 2 * MiB;

struct ArenaPlace {
    HostRange range;      ///< limits::arena_bytes; empty when there is no such piece
    u64 ram = 0;          ///< bytes of RAM in the tree; 0, too, when it cannot be read
    u64 largest = 0;      ///< whole blocks in the largest piece that nobody has
    HostRange boot_tree;  ///< where all of it lies; empty when that is not known
    /// Where there is no such piece: the lowest that firmware does not keep. Modules, guests' RAM
    /// and regions may be meant to lie there, so it serves only to say why nothing is started.
    HostRange last_resort;
};

/// The lowest piece of limits::arena_bytes at a multiple of `arena_block` that is RAM and neither
/// reserved, nor a boot module's, a domain's static RAM, a region's, the image's or the boot
/// tree's; with `xen,static-heap` inside of that if it can be. More is avoided than the planner
/// claims: all that has a `reg` below /chosen or /reserved-memory, whatever it is.
///
/// `blob`: any bytes. `image`: empty when its place is not known; `tree`: likewise nothing.
ArenaPlace find_arena(std::span<const std::byte> blob, HostRange image,
                      std::optional<HostAddress> tree);

/// The lowest piece of `bytes` at a multiple of `arena_block` that is RAM of the tree and nobody's
/// in the same sense, nor of any range in `taken`; empty when there is none, or the tree cannot be
/// read.
HostRange find_free(std::span<const std::byte> blob, std::span<const HostRange> taken, u64 bytes);

/// Rule dom-out-of-memory, when there is RAM, but no such piece. Without RAM, or with a tree that
/// cannot be read, others say so.
void check_arena_place(const ArenaPlace& place, Findings& findings);

}  // namespace isthmus::dom0less
