// SPDX-License-Identifier: Apache-2.0
// The module that holds a partial tree: its bytes, and how findings name its nodes. Internal to the
// room.
#pragma once

#include "dom0less/read/system_config.hpp"

namespace isthmus::dom0less {

/// Opens the tree in the module of `domain`, which must have one, in a copy of it in `arena`.
/// nullptr when there is none that can be used: rule dev-tree, or one of the planner's about the
/// module's place.
const fdt::Tree* open_partial_tree(const ConfigInput& input, const DomainConfig& domain,
                                   Arena& arena, Findings& findings);

/// What findings call a node of the partial tree: the module's path, ':', the node's.
std::string_view path_in_module(const ModuleConfig& module, const fdt::Node& node, Arena& arena);

/// Node "/gic", which stands for the guest's interrupt controller.
std::optional<fdt::Node> partial_gic(const fdt::Tree& partial);

}  // namespace isthmus::dom0less
