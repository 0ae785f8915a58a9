// SPDX-License-Identifier: Apache-2.0
// Dom0's tree: the machine's, without what Isthmus keeps and what others have been given. RAM,
// CPUs, interrupt controller, timer, PSCI and /chosen are those that Dom0 has; /reserved-memory is
// the machine's and shows the shared regions, too. All other nodes are as they are, phandles
// included. Internal to the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "fdt/tree_writer.hpp"

namespace isthmus::dom0less {

/// Writes the root's contents; `domain` is Dom0.
void write_dom0_tree(fdt::TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                     const fdt::HostDescription& host);

}  // namespace isthmus::dom0less
