// SPDX-License-Identifier: Apache-2.0
#include "core/scheduler.hpp"

#include "arch/arm64/registers.hpp"
#include "core/interrupts.hpp"
#include "core/lifecycle.hpp"
#include "core/serrors.hpp"
#include "isthmus/arch.hpp"

namespace isthmus::core {
namespace {

bool is_ready(const SchedEntity& entity) {
    const auto& vcpu = static_cast<const Vcpu&>(entity);
    return vcpu.is_on() && vcpu.vgic->waiting.load() == 0;
}

/// It is on in a domain that has stopped.
bool is_finished(const SchedEntity& entity) {
    const auto& vcpu = static_cast<const Vcpu&>(entity);
    return vcpu.is_on() && !vcpu.domain->is_running();
}

/// The running vCPU pays for the time since the last account was made.
void charge(PerCpu& cpu, Vcpu& vcpu) {
    const u64 now = arch::counter();
    cpu.queue.charge(vcpu, now - cpu.accounted);
    cpu.accounted = now;
}

/// A slice begins when the vCPU can use it. The switch to it is paid at the end of its turn: else
/// one that takes longer than a slice would leave nothing of any, and no guest would get on.
void begin_turn(PerCpu& cpu) {
    const u64 now = arch::counter();
    cpu.switching = now - cpu.accounted;
    cpu.accounted = now;
}

void end_turn(PerCpu& cpu, Vcpu& vcpu) {
    cpu.accounted -= cpu.switching;
    charge(cpu, vcpu);
}

/// While it does not run, its virtual timer is a soft one that wakes it; the interrupt itself comes
/// from the machine's timer as soon as it runs again.
void keep_virtual_timer(Vcpu& vcpu) {
    using namespace arch::timer_ctl;
    if (vcpu.is_on() && (vcpu.state.cntv_ctl & (enable | imask)) == enable) {
        arm_timer(vcpu.virtual_deadline, vcpu.state.cntv_cval);
    }
}

void leave_current(PerCpu& cpu) {
    Vcpu* left = cpu.current;
    if (left == nullptr) {
        return;
    }
    arch::stop_virtual_timer(left->state);
    take_serror_of(*left);
    end_turn(cpu, *left);
    left->domain->vgic.leave(*left->vgic);
    arch::save_vcpu(left->state);
    cpu.current = nullptr;
    if (cpu.queue.is_shared()) {
        keep_virtual_timer(*left);
    }
    if (left->power.load() == static_cast<u32>(Vcpu::Power::stopping)) {
        left->power.store(static_cast<u32>(Vcpu::Power::off));
    }
}

/// Those whose domain has stopped are done here.
void retire(PerCpu& cpu) {
    for (SchedEntity* entity = cpu.queue.first(); entity != nullptr; entity = entity->next) {
        if (is_finished(*entity)) {
            auto& vcpu = static_cast<Vcpu&>(*entity);
            disarm_timer(vcpu.virtual_deadline);
            disarm_timer(vcpu.physical_deadline);
            vcpu_left(vcpu);
        }
    }
}

bool others_are_ready(const PerCpu& cpu) {
    return cpu.queue.any(
        [&](const SchedEntity& entity) { return &entity != cpu.current && is_ready(entity); });
}

/// The end of the running vCPU's slice matters only to others.
void limit_slice(PerCpu& cpu) {
    if (!cpu.leave_guest && others_are_ready(cpu)) {
        const i64 left = cpu.current->budget;
        arm_timer(cpu.slice_end, cpu.accounted + static_cast<u64>(left > 0 ? left : 0));
    } else {
        disarm_timer(cpu.slice_end);
    }
}

[[noreturn]] void run(PerCpu& cpu, Vcpu& vcpu) {
    cpu.current = &vcpu;
    cpu.leave_guest = false;
    const bool shared = cpu.queue.is_shared();
    arch::load_vcpu(vcpu.state, vcpu.domain->control, shared);
    if (shared) {
        disarm_timer(vcpu.virtual_deadline);
        if (vcpu.has_sibling_here && cpu.previous != &vcpu) {
            arch::forget_guest_translations();  // the sibling's own may be here
        }
        cpu.previous = &vcpu;
    }
    vcpu.domain->vgic.enter(*vcpu.vgic);
    arch::start_virtual_timer(vcpu.state);
    begin_turn(cpu);
    if (shared) {
        limit_slice(cpu);
    }
    arch::enter_guest(vcpu.registers);
}

/// Whether the running vCPU, charged up to now, is to make room.
bool is_outranked(const PerCpu& cpu) {
    return cpu.queue.any([&](const SchedEntity& entity) {
        return &entity != cpu.current && is_ready(entity) &&
               RunQueue::outranks(entity, *cpu.current);
    });
}

}  // namespace

void schedule() {
    PerCpu& cpu = this_cpu();
    if (cpu.current == nullptr) {
        cpu.accounted = arch::counter();  // boot was nobody's time
    }
    leave_current(cpu);
    for (;;) {
        retire(cpu);
        take_own_serror();
        if (SchedEntity* next = cpu.queue.pick(is_ready)) {
            run(cpu, static_cast<Vcpu&>(*next));
        }
        disarm_timer(cpu.slice_end);
        arch::wait_for_interrupt();
        arch::poll_interrupts();
        cpu.accounted = arch::counter();  // nobody pays for sleeping
    }
}

void reconsider(PerCpu& cpu) {
    if (cpu.current == nullptr) {
        return;
    }
    if (cpu.queue.any(is_finished)) {
        cpu.leave_guest = true;
    } else if (cpu.queue.is_shared()) {
        charge(cpu, *cpu.current);
        cpu.leave_guest = cpu.leave_guest || is_outranked(cpu);
        limit_slice(cpu);
    }
}

TrapResult wait_for_guest_interrupt(Vcpu& vcpu) {
    PerCpu& cpu = this_cpu();
    // An interrupt of the machine that is pending may be for this guest: its virtual timer's.
    if (!cpu.queue.is_shared() || arch::is_interrupt_pending() ||
        !vcpu.domain->vgic.wait(*vcpu.vgic)) {
        return TrapResult::done;
    }
    return TrapResult::blocked;
}

void fire_slice_end(SoftTimer&, void* context) {
    reconsider(*static_cast<PerCpu*>(context));
}

void fire_virtual_timer(SoftTimer&, void* context) {
    auto& vcpu = *static_cast<Vcpu*>(context);
    vcpu.vgic->waiting.store(0);
    reconsider(this_cpu());
}

}  // namespace isthmus::core
