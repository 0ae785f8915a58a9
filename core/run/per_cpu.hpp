// SPDX-License-Identifier: Apache-2.0
// What a CPU of the machine keeps for itself.
#pragma once

#include <cstddef>

#include "arch/arm64/cpu/speculation.hpp"
#include "core/run/run_queue.hpp"
#include "core/run/timer_queue.hpp"
#include "isthmus/atomic.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::statistics {

struct Event;
struct CpuRecord;

}  // namespace isthmus::statistics

namespace isthmus::core {

class FlightRecorder;
struct Domain;
struct Vcpu;

/// Found through TPIDR_EL2. vectors.S reads the first words.
struct alignas(64) PerCpu {
    u64 emergency_stack_top = 0;
    u32 guard_branches = 0;   ///< of `speculation`, for the vectors
    u32 guard_call = 0;       ///< the same
    u64 guest_frame = 0;      ///< where the guest's registers stand on this CPU's stack
    Vcpu* current = nullptr;  ///< whose state is in this CPU's registers
    u32 index = 0;
    bool leave_guest = false;  ///< set by a kick: the vCPU may not go on as it is
    Atomic<u32> online;
    TimerQueue timers;

    RunQueue queue;              ///< the vCPUs that the plan put here, all of type Vcpu
    SoftTimer slice_end;         ///< of the running vCPU, while another is ready
    u64 accounted = 0;           ///< the time up to which somebody has paid; arch::counter
    u64 turn = 0;                ///< what the running vCPU has paid of its turn
    u64 switched = 0;            ///< what the switch to it took
    u64 minimum_turn = 0;        ///< after which an equal may cut it short; ticks
    Vcpu* cutter = nullptr;      ///< why the running vCPU leaves: it outranks it
    Vcpu* debtor = nullptr;      ///< pays for the next switch when that is back to one that was cut
    Domain* ending = nullptr;    ///< stopped domains that this CPU has to do with yet
    SoftTimer ending_due;        ///< of the next piece, while a guest runs
    SoftTimer transmit_due;      ///< of the next look at the console's UART
    Vcpu* previous = nullptr;    ///< whose translations may still be here
    Atomic<u32> tells_runstate;  ///< some vCPU of this CPU does

    statistics::Event* trace = nullptr;  ///< its ring of events; nullptr: nobody borrows it
    statistics::CpuRecord* trace_record = nullptr;
    FlightRecorder* recorder = nullptr;  ///< nullptr: `flight-recorder=off`

    u64 midr = 0;                   ///< MIDR_EL1
    arch::Speculation speculation;  ///< what holds here, before the CPU is online
};
static_assert(offsetof(PerCpu, emergency_stack_top) == 0);
static_assert(offsetof(PerCpu, guard_branches) == 8);
static_assert(offsetof(PerCpu, guard_call) == 12);

PerCpu& per_cpu(usize index);
/// The calling CPU's. Defined by the architecture.
PerCpu& this_cpu();

}  // namespace isthmus::core
