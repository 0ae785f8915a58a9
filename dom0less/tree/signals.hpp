// SPDX-License-Identifier: Apache-2.0
// What a guest's tree says of signals (docs/signals.md). Internal to the room.
#pragma once

#include "dom0less/tree/parts.hpp"

namespace isthmus::dom0less {

/// The `hypervisor` node, where the guest has one.
void write_hypervisor(fdt::TreeWriter& tree, const DomainPlan& domain, const TreeContext& context);
/// The reserved page of Xen's console, where there is one. Inside /reserved-memory.
void write_console_page(fdt::TreeWriter& tree, const DomainPlan& domain, fdt::CellCounts cells);
/// Properties of a region's node: who the parties are, how each is rung, and by which interrupt
/// they ring here.
void write_region_signals(fdt::TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                          const shm::SharedViewPlan& view, const TreeContext& context);

}  // namespace isthmus::dom0less
