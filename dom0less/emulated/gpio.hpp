// SPDX-License-Identifier: Apache-2.0
// The emulated GPIO block (Arm PrimeCell PL061, Arm DDI 0190), as planning sees it. Its lines are
// doorbells: line 2k rings the k-th of the block, line 2k + 1 is rung by it. No property asks for
// one; a guest has as many as its doorbells take.
#pragma once

#include "dom0less/emulated/kind.hpp"

namespace isthmus::dom0less {

/// A block has eight lines.
inline constexpr usize lines_of_a_block = 8;
inline constexpr usize bells_of_a_block = lines_of_a_block / 2;
/// Room for "REGION.PEER.ring" and "REGION.PEER.rung", the names of the lines.
inline constexpr usize line_name_bytes = 192;

/// A page, block after block; in a direct-mapped guest in its spare window.
EmulatedPlace place_gpio(const PlaceRequest& request);
void write_gpio_lines(fdt::TreeWriter& tree, const NodeRequest& request);

inline constexpr DeviceKind gpio_kind{
    .kind = EmulatedKind::gpio,
    .name = "gpio",
    .what = "the doorbells' GPIO block",
    .property = {},
    .needs_clock = true,
    .is_spare = true,
    .place = place_gpio,
    .node_name = "gpio",
    .compatible = "arm,pl061",
    .compatible_more = "arm,primecell",
    .write_more = write_gpio_lines,
};

}  // namespace isthmus::dom0less
