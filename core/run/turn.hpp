// SPDX-License-Identifier: Apache-2.0
// Who pays for the time of a CPU that vCPUs share. Everybody pays what it causes, so that nobody
// can spend another's slice, in whatever pattern it sleeps and wakes:
//
//     victim runs ─┐ interrupt        ┌─ victim runs on
//                  │ for the waker    │
//                  └─▶ switch to it ──▶ waker's turn ──▶ switch back
//     paid by:  waker     waker             waker            waker
//
// A turn is paid up to now whenever somebody looks. What came before it, and what it interrupted,
// is `owed` until it ends by itself or with the slice: else a switch that takes longer than a slice
// would leave nothing of any, and no guest would get on. One CPU's affair; only that CPU calls.
#pragma once

#include "core/run/per_cpu.hpp"

namespace isthmus::core {

struct Vcpu;

/// The running vCPU pays for the time since the last account was made.
void charge_turn(PerCpu& cpu, Vcpu& running);

/// `vcpu` can use the CPU from now on. The switch to it is its own, or that of whoever cut its last
/// turn short or ran in between.
void begin_turn(PerCpu& cpu, Vcpu& vcpu);
/// Its turn is over. A cut (PerCpu::cutter, or nobody's) leaves it what it has not had.
void end_turn(PerCpu& cpu, Vcpu& vcpu, bool is_cut);

/// Time that is nobody's: sleeping, what is left of stopped domains.
void skip_time(PerCpu& cpu);
/// Time for one that is not loaded on this CPU.
void charge_absent(PerCpu& cpu, Vcpu& vcpu);

/// Around what an interrupt does for `cause` while another vCPU runs: `cause` pays. What the
/// machine takes for an interrupt before Isthmus can look at a clock is part of it, by estimate.
class Interruption {
  public:
    Interruption(PerCpu& cpu, Vcpu& cause);
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

  private:
    PerCpu& cpu_;
    Vcpu& cause_;
    bool interrupts_;
};

}  // namespace isthmus::core
