// SPDX-License-Identifier: Apache-2.0
// Names of nodes, which tell the children of one node apart (Devicetree specification, 2.2.1).
#pragma once

#include <span>

#include "fdt/tree.hpp"

namespace isthmus::fdt {

/// The numbers of nodes that have a name which a node before them, with the same parent, has, too:
/// no path leads to these. In the order of their parents, then of their names. Empty as well where
/// the arena is used up.
std::span<const u32> nodes_named_twice(const Tree& tree, Arena& arena);

}  // namespace isthmus::fdt
