// SPDX-License-Identifier: Apache-2.0
// Nodes that are the same in every guest's tree, made from nothing or from the machine's.
// Internal to the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "fdt/cells.hpp"
#include "fdt/tree_writer.hpp"

namespace isthmus::dom0less {

/// What the nodes around these are like.
struct TreeContext {
    fdt::CellCounts cells{2, 2};  ///< of the root's children
    u32 gic_phandle = 0;
    u32 interrupt_cells = 3;  ///< of the GIC's node; a fourth cell and more are 0
    /// Of the clock that emulated devices name; 0: none does.
    u32 clock_phandle = 0;
};

/// The clock's, if the domain has use for one: the lowest from guest_layout::first_own_phandle on
/// that is not the interrupt controller's, nor that of a node that somebody else wrote (nullptr:
/// there are none).
u32 choose_clock_phandle(const DomainPlan& domain, const fdt::Tree* others, u32 gic_phandle);
/// `interrupts` and `interrupt-parent` of one shared interrupt, edge-triggered; of one private one,
/// level low.
void write_edge_interrupt(fdt::TreeWriter& tree, const TreeContext& context, u32 intid);
void write_private_interrupt(fdt::TreeWriter& tree, const TreeContext& context, u32 intid);

/// Addresses and sizes in turn, as `reg` of a node whose parent has these cells.
void write_reg(fdt::TreeWriter& tree, fdt::CellCounts cells, std::span<const u64> pairs);

/// Properties of /chosen; `own_console`: the path of a console that is not emulated, or empty.
void write_chosen(fdt::TreeWriter& tree, const DomainPlan& domain, std::string_view own_console);
/// One CPU's node. `same`: it can be named as this node of the machine's tree is, by its phandle,
/// also as a cooling device; nullptr: by nobody.
void write_cpu(fdt::TreeWriter& tree, const VcpuPlan& vcpu, const fdt::HostDescription& host,
               const fdt::Node* same = nullptr);
/// The properties of a timer's node that name its interrupts.
void write_timer_interrupts(fdt::TreeWriter& tree, const TreeContext& context);
/// Those that say how fast the machine's counter runs where CNTFRQ_EL0 may not, and what is wrong
/// with reading it: a guest reads the very same.
void write_clock(fdt::TreeWriter& tree, const fdt::HostDescription& host);
void write_psci(fdt::TreeWriter& tree);
/// A node for each emulated device, and their clock's.
void write_emulated(fdt::TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                    const TreeContext& context);
/// The path of the node that is the guest's console; empty without one.
TextBuffer<64> console_path(const DomainPlan& domain);

}  // namespace isthmus::dom0less
