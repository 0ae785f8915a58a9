// SPDX-License-Identifier: Apache-2.0
// Which vCPU runs on this CPU. A vCPU stays on the CPU that the plan gave it, so each CPU decides
// for itself and without a lock; run_queue.hpp has the policy. With one vCPU a CPU (`sched=null`)
// the choice is: that one, or none, and WFI is the machine's own.
#pragma once

#include "core/run/per_cpu.hpp"
#include "core/trap/trap.hpp"

namespace isthmus::core {

/// Leaves whatever ran and runs what may run; sleeps while there is nothing. Never returns: the
/// next thing this CPU does is a guest, or another call of this from the top of its stack.
[[noreturn]] void schedule();

/// Something has changed on this CPU: the running vCPU leaves at the end of this interrupt when its
/// domain has stopped, or another is to run instead.
void reconsider(PerCpu& cpu);

/// The running vCPU has nothing to do until an interrupt (WFI, PSCI CPU_SUSPEND): `blocked` when
/// others share its CPU and none is pending for it, else `done`.
TrapResult wait_for_guest_interrupt(Vcpu& vcpu);
/// The same of one that sleeps wherever it runs: `done` only when one is pending for it.
TrapResult sleep_until_interrupt(Vcpu& vcpu);

/// SoftTimer::fire of PerCpu::slice_end (`per_cpu`) and of Vcpu::console_deadline (`vcpu`).
void fire_slice_end(SoftTimer& timer, void* per_cpu);
void fire_console(SoftTimer& timer, void* vcpu);

}  // namespace isthmus::core
