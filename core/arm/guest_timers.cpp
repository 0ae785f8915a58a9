// SPDX-License-Identifier: Apache-2.0
#include "core/arm/guest_timers.hpp"

#include "arch/arm64/cpu/registers.hpp"
#include "core/domain/domain.hpp"
#include "core/run/scheduler.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

using namespace arch::timer_ctl;

bool expired(const PhysicalTimer& timer) {
    return (timer.control & enable) != 0 && arch::counter() >= timer.compare;
}

/// Brings line and soft timer in step with the registers.
void update(Vcpu& vcpu) {
    const PhysicalTimer& timer = vcpu.physical_timer;
    const bool due = expired(timer);
    const bool line = due && (timer.control & imask) == 0;
    vcpu.domain->vgic.set_private_line(*vcpu.vgic, guest_physical_timer, line);
    if ((timer.control & enable) != 0 && (timer.control & imask) == 0 && !due) {
        arm_timer(vcpu.physical_deadline, timer.compare);
    } else {
        disarm_timer(vcpu.physical_deadline);
    }
}

}  // namespace

void on_virtual_timer(PerCpu& cpu) {
    // Only a running vCPU has its timer in the machine, so it fires for the current one.
    Vcpu& vcpu = *cpu.current;
    vcpu.domain->vgic.raise_line_here(*vcpu.vgic, guest_virtual_timer);
}

void keep_virtual_timer(Vcpu& vcpu) {
    if (vcpu.is_on() && (vcpu.state.cntv_ctl & (enable | imask)) == enable) {
        arm_timer(vcpu.virtual_deadline, vcpu.state.cntv_cval);
    }
}

u64 read_physical_timer(Vcpu& vcpu, PhysicalTimerRegister which) {
    const PhysicalTimer& timer = vcpu.physical_timer;
    switch (which) {
        case PhysicalTimerRegister::control:
            return timer.control | (expired(timer) ? istatus : 0);
        case PhysicalTimerRegister::compare:
            return timer.compare;
        case PhysicalTimerRegister::countdown:
            break;
    }
    return (timer.compare - arch::counter()) & 0xffff'ffff;
}

void write_physical_timer(Vcpu& vcpu, PhysicalTimerRegister which, u64 value) {
    PhysicalTimer& timer = vcpu.physical_timer;
    switch (which) {
        case PhysicalTimerRegister::control:
            timer.control = value & (enable | imask);
            break;
        case PhysicalTimerRegister::compare:
            timer.compare = value;
            break;
        case PhysicalTimerRegister::countdown:
            // The value is a signed 32-bit number of ticks from now.
            timer.compare =
                arch::counter() + static_cast<u64>(i64{static_cast<i32>(static_cast<u32>(value))});
            break;
    }
    update(vcpu);
}

void fire_physical_timer(SoftTimer&, void* context) {
    auto& vcpu = *static_cast<Vcpu*>(context);
    const Interruption interruption(this_cpu(), vcpu);
    update(vcpu);
}

void fire_virtual_timer(SoftTimer&, void* context) {
    auto& vcpu = *static_cast<Vcpu*>(context);
    PerCpu& cpu = this_cpu();
    {
        const Interruption interruption(cpu, vcpu);
        vcpu.vgic->waiting.store(0);
    }
    reconsider(cpu);
}

}  // namespace isthmus::core
