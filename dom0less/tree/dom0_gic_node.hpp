// SPDX-License-Identifier: Apache-2.0
// The machine's interrupt controller as Dom0's tree shows it: its place, its phandle and its kind,
// but the registers that are emulated, and no controller of message-signalled interrupts. Internal
// to the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "fdt/tree_writer.hpp"

namespace isthmus::dom0less {

void write_dom0_gic(fdt::TreeWriter& tree, const fdt::Node& node, const GuestGicPlan& gic,
                    u32 phandle);

}  // namespace isthmus::dom0less
