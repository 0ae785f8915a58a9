// SPDX-License-Identifier: Apache-2.0
// What the architecture tells core: the other half of isthmus/arch.hpp. All are called with
// interrupts masked, on the CPU concerned.
#pragma once

#include <span>

#include "core/call/hypercall.hpp"
#include "core/run/per_cpu.hpp"
#include "core/run/scheduler.hpp"
#include "core/trap/mmio.hpp"
#include "core/trap/violation.hpp"
#include "isthmus/range.hpp"

namespace isthmus::core {

/// What the first instructions know: where things are in host memory.
struct BootInfo {
    std::span<const std::byte> tree;  ///< as mapped read-only; as many bytes as the map shows
    HostAddress tree_address;
    HostRange image;
};

/// The boot CPU arrives here, on its lasting stack.
[[noreturn]] void boot(const BootInfo& info);
/// Before all else, with the first map only: a console by address, where one is asked for.
void open_early_console(const BootInfo& info);
/// The boot CPU cannot run a hypervisor: says why, as far as the tree names a console, and stops.
[[noreturn]] void boot_only_to_say(const BootInfo& info, const char* why);
/// Every other CPU.
[[noreturn]] void secondary_main(usize index);

/// An interrupt of the machine that is not one of those below.
[[gnu::noinline]] bool on_host_interrupt(u32 intid);
/// The virtual timer of the running vCPU expired.
void on_virtual_timer(PerCpu& cpu);
/// arch::set_deadline has come.
void on_deadline(PerCpu& cpu);
/// Another CPU asks this one to look at its vCPU.
void on_kick(PerCpu& cpu);
/// The list registers need attention.
void on_maintenance(PerCpu& cpu);

/// ICC_SGI1R_EL1 was written by the running vCPU.
void send_guest_sgi(Vcpu& vcpu, u64 value);
/// CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTP_TVAL_EL0 of the running vCPU.
enum class PhysicalTimerRegister : u8 { control, compare, countdown };
u64 read_physical_timer(Vcpu& vcpu, PhysicalTimerRegister which);
void write_physical_timer(Vcpu& vcpu, PhysicalTimerRegister which, u64 value);

/// An SError from the guest's side, by its ESR_EL2: `stopped`, it crashes alone; `injected`,
/// nothing is lost by it, and it goes on (core/trap/serrors.cpp).
[[gnu::cold, gnu::noinline]] TrapResult on_guest_serror(Vcpu& vcpu, u64 syndrome);

}  // namespace isthmus::core
