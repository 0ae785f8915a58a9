// SPDX-License-Identifier: Apache-2.0
// The partial tree of a `multiboot,device-tree` module: which devices of the machine a domain is
// assigned, and how its own tree shows them (docs/bindings.md, "Devices for a guest"). Internal to
// the room.
#pragma once

#include "dom0less/read/system_config.hpp"

namespace isthmus::dom0less {

/// Reads the module of `domain`, if it has one: `partial_tree` and `assigned` are set. Rules of
/// single nodes: dev-tree, dev-path, dev-reg, dev-property, and dev-interrupt for lines that the
/// machine's device has not; what devices may have in common is the planner's
/// (devices/planner.hpp). The tree is a copy in `arena`.
void read_partial_tree(const ConfigInput& input, std::span<const HostDevice> devices,
                       DomainConfig& domain, Arena& arena, Findings& findings);

/// The phandle by which the partial tree names the guest's interrupt controller (node "/gic"), or
/// one that it does not use.
u32 partial_gic_phandle(const fdt::Tree& partial);

}  // namespace isthmus::dom0less
