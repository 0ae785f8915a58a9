// SPDX-License-Identifier: Apache-2.0
// A virtual CPU: its registers while it does not run, and its accounts.
#pragma once

#include "arch/arm64/guest/world_switch.hpp"
#include "core/arm/vgic/virtual_irq.hpp"
#include "core/domain/fault_loop.hpp"
#include "core/run/run_queue.hpp"
#include "core/run/timer_queue.hpp"
#include "isthmus/atomic.hpp"

namespace isthmus::core {

struct Domain;

/// How often a guest left for Isthmus, by reason. Written by the vCPU's own CPU only.
struct ExitCounts {
    u64 hypercalls = 0;
    u64 smc = 0;
    u64 registers = 0;   ///< trapped system registers
    u64 memory = 0;      ///< device and faulting accesses
    u64 interrupts = 0;  ///< interrupts of the machine taken while it ran
    u64 other = 0;

    u64 total() const { return hypercalls + smc + registers + memory + interrupts + other; }
};

/// The physical timer (CNTP_*), which Isthmus keeps for the guest.
struct PhysicalTimer {
    u64 control = 0;
    u64 compare = 0;
};

struct Vcpu : SchedEntity {
    /// Off: waits for PSCI CPU_ON. Starting: its registers are being written. Stopping: turned off,
    /// but its CPU has not let go of it yet. Summoned: its domain has stopped, and its CPU is to
    /// build that again.
    enum class Power : u32 { off, starting, on, stopping, summoned };

    Domain* domain = nullptr;
    VgicCpu* vgic = nullptr;
    u32 id = 0;
    u32 host_cpu = 0;
    bool has_sibling_here = false;  ///< another vCPU of its domain is on the same CPU
    u64 mpidr = 0;
    Atomic<Power> power{Power::off};

    arch::GuestRegisters registers;
    arch::VcpuState state;
    PhysicalTimer physical_timer;
    SoftTimer physical_deadline;
    SoftTimer virtual_deadline;  ///< the virtual timer's, while the vCPU does not run
    SoftTimer console_deadline;  ///< of an unfinished line
    bool console_due = false;    ///< that line is to be written; its own CPU only
    ExitCounts exits;
    FaultLoop faults;            ///< its own CPU only
    Atomic<u32> tells_runstate;  ///< its guest wants to know what it does, by Xen's interface

    u64 exits_traced = 0;       ///< of `exits`, those that trace events tell of
    u64 injections_traced = 0;  ///< likewise, of the vGIC's counts

    bool is_on() const { return power.load() == Power::on; }
};

}  // namespace isthmus::core
