// SPDX-License-Identifier: Apache-2.0
#include "core/scheduler.hpp"

#include "core/lifecycle.hpp"
#include "isthmus/arch.hpp"

namespace isthmus::core {
namespace {

void leave_current(PerCpu& cpu) {
    if (Vcpu* left = cpu.current) {
        arch::save_vcpu(left->state);
        left->domain->vgic.set_resident(*left->vgic, false);
        cpu.current = nullptr;
        if (left->power.load() == static_cast<u32>(Vcpu::Power::stopping)) {
            left->power.store(static_cast<u32>(Vcpu::Power::off));
        }
    }
}

[[noreturn]] void run(PerCpu& cpu, Vcpu& vcpu) {
    cpu.current = &vcpu;
    cpu.leave_guest = false;
    arch::load_vcpu(vcpu.state, vcpu.domain->control);
    vcpu.domain->vgic.set_resident(*vcpu.vgic, true);
    vcpu.domain->vgic.refresh(*vcpu.vgic);
    arch::enter_guest(vcpu.registers);
}

}  // namespace

void schedule() {
    PerCpu& cpu = this_cpu();
    leave_current(cpu);
    for (;;) {
        Vcpu* vcpu = cpu.assigned;
        if (vcpu != nullptr && vcpu->is_on()) {
            if (vcpu->domain->is_running()) {
                run(cpu, *vcpu);
            }
            vcpu_left(*vcpu);
        }
        arch::wait_for_interrupt();
        arch::poll_interrupts();
    }
}

}  // namespace isthmus::core
