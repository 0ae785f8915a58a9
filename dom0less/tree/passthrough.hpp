// SPDX-License-Identifier: Apache-2.0
// What a guest's own tree takes over from its partial tree. Internal to the room.
#pragma once

#include "fdt/tree.hpp"
#include "fdt/tree_writer.hpp"

namespace isthmus::dom0less {

/// Writes what a partial tree holds for the guest's own into its root: /passthrough with all below
/// it, without the properties that are for Isthmus, and /aliases.
void write_partial_tree(fdt::TreeWriter& tree, const fdt::Tree& partial);

}  // namespace isthmus::dom0less
