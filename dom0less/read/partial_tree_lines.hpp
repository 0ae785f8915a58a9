// SPDX-License-Identifier: Apache-2.0
// The interrupts that a node of a partial tree expects from the guest's interrupt controller. The
// controller's own node there is a mere name, without `compatible`. Internal to the room.
#pragma once

#include <span>

#include "fdt/tree.hpp"

namespace isthmus::dom0less {

/// A line by number; 0 for a specifier that is none of a shared interrupt.
std::span<const u32> partial_lines(const fdt::Tree& partial, const fdt::Node& node, u32 gic_phandle,
                                   Arena& arena);

}  // namespace isthmus::dom0less
