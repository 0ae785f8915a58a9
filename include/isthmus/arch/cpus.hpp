// SPDX-License-Identifier: Apache-2.0
// The CPUs of the machine: starting, stopping, sleeping; firmware; errors that come late. Part of
// the contract (docs/architecture.md): an architecture implements it; the unit tests of core bring
// a machine of their own. Unless said otherwise a function acts on the CPU that calls it.
#pragma once

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

/// This CPU's number: its place in HostDescription::cpus.
usize cpu_index();
/// This CPU's affinity fields, as `reg` of its node in the tree has them.
u64 cpu_affinity();
/// The boot CPU learns its number.
void become_cpu(usize index);
/// Starts a CPU by PSCI CPU_ON; it arrives in core::secondary_main on stacks of `stack_bytes` that
/// begin at these pages. Errors: denied (the firmware's answer), out_of_memory.
inline constexpr u64 stack_bytes = 32 * 1024;
Result<void> start_cpu(usize index, u64 mpidr, HostAddress stack, HostAddress emergency_stack);
/// Whether the firmware takes calls of the SMC Calling Convention 1.1. The boot CPU, before
/// guard_this_cpu and before it starts others, where the tree has PSCI by SMC.
void find_firmware_calls();
/// Fills in core::PerCpu::speculation, with what the firmware says where it takes calls, and does
/// from now on what follows from it. Each CPU, before it enters a guest.
void guard_this_cpu();
/// What PSCI_VERSION says: major in the upper half, minor in the lower; negative, as a signed
/// number: not supported.
u32 firmware_version();
/// Bits of physical address that the boot CPU has.
unsigned cpu_address_bits();
/// What a CPU must have to be used: bits of address; the boot CPU's CNTFRQ_EL0. Before start_cpu.
void require_of_cpus(unsigned address_bits, bool same_frequency);
/// The CPUs that have come up are all there will be: guests get what every one of them can do.
void settle_cpus();
/// A hint in a waiting loop (YIELD).
void relax();
/// Sleeps until an interrupt is pending, which is not taken (WFI with interrupts masked).
void wait_for_interrupt();
/// Ends this CPU's work for good.
[[noreturn]] void halt();
/// PSCI SYSTEM_OFF and SYSTEM_RESET of the machine; they halt when the firmware refuses.
[[noreturn]] void power_off();
[[noreturn]] void reset();
/// Makes the calling CPU's return addresses readable: "file-relative" addresses of the image, for
/// tools/backtrace.py.
void print_backtrace();
/// Takes the SError that waits here once all that was done before has had its effect (DSB, ESB):
/// its syndrome as in ESR_EL2, or 0 for none. The running guest's registers are left alone.
u64 take_serror();

}  // namespace isthmus::arch
