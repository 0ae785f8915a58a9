// SPDX-License-Identifier: Apache-2.0
// The guest's physical timer. The machine's is Isthmus's alone, so accesses trap and a soft timer
// stands in: CNTP_CTL, CNTP_CVAL and CNTP_TVAL (Arm ARM D13.8), interrupt 30, level.
#include "arch/arm64/cpu/registers.hpp"
#include "core/domain/domain.hpp"
#include "core/entry_points.hpp"
#include "core/run/interrupts.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch.hpp"

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

}  // namespace isthmus::core
