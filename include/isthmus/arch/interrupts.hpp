// SPDX-License-Identifier: Apache-2.0
// The machine's interrupt controller. Part of the contract
// (docs/architecture.md): an architecture implements it; the unit tests of core bring a machine of
// their own. Unless said otherwise a function acts on the CPU that calls it.
#pragma once

#include <span>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

/// The interrupt controller and the private interrupts that Isthmus uses.
struct InterruptController {
    u8 version = 0;
    HostRange distributor;
    std::span<const HostRange> redistributors;
    std::span<const HostRange> translators;  ///< ITSs
    u64 redistributor_stride = 0;            ///< bytes; 0: as each frame's GICR_TYPER says
    HostRange cpu_interface;                 ///< GICv2: GICC, two pages
    HostRange hypervisor_interface;          ///< GICv2: GICH
    u32 maintenance_intid = 0;
    u32 virtual_timer_intid = 0;
    u32 hypervisor_timer_intid = 0;
};
/// Looks whether the controller is there, and turns off LPIs and ITSs that firmware has left on.
/// `left(context, table)` for each table in RAM that one goes on using, because it cannot be turned
/// off. Once, before the others and before the heap stands. Errors: unsupported (version),
/// out_of_memory, not_found (no GICv2, or GICv3, answers there).
Result<void> find_interrupts(const InterruptController& controller,
                             void (*left)(void* context, HostRange table), void* context);
/// The shared part, once; what firmware left of it is gone. Errors: denied (a write never took
/// effect), out_of_memory.
Result<void> init_interrupts(const InterruptController& controller);
/// Each CPU's own part, likewise. Errors: not_found (no redistributor of this CPU, or it has not
/// the registers of a GICv3), denied.
Result<void> init_cpu_interrupts();

/// Asks `cpu` to look at its vCPU again: arrives there as core::on_kick.
void kick(usize cpu);
/// Stops all other CPUs, from a panic.
void stop_other_cpus();
enum class Trigger : u8 { level, edge };
/// Trigger and route of a shared interrupt of the machine; it stays disabled.
void prepare_interrupt(u32 intid, usize cpu, Trigger trigger);
/// The trigger alone, of one that is disabled (IHI 0069, 12.9.9: else anything may come of it).
void set_interrupt_trigger(u32 intid, Trigger trigger);
/// A shared interrupt of the machine comes to this CPU from now on.
void route_interrupt(u32 intid, usize cpu);
/// Any CPU, for any shared interrupt that was prepared; one that is on its way still comes.
void set_interrupt_enabled(u32 intid, bool enabled);
/// Lets this CPU's private interrupt of that number through.
void enable_private_interrupt(u32 intid);
/// Ends the active state of a host interrupt that was handed to a guest and that no list register
/// will end.
void deactivate_interrupt(u32 intid);
/// Takes what is pending without an exception, while no guest runs here.
void poll_interrupts();
/// Whether an interrupt of the machine waits to be taken here.
bool is_interrupt_pending();
/// The active state of this CPU's private interrupt of that number: what a vCPU that comes or goes
/// has, or had, in hand.
void set_private_active(u32 intid, bool active);
/// Whether the line of this level-sensitive interrupt of the machine is up now. A private one's is
/// this CPU's; the virtual timer's follows the guest's registers at once.
bool is_line_up(u32 intid);

}  // namespace isthmus::arch
