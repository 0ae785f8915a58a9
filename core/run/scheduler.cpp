// SPDX-License-Identifier: Apache-2.0
#include "core/run/scheduler.hpp"

#include "core/arm/guest_timers.hpp"
#include "core/arm/serrors.hpp"
#include "core/arm/xen/runstate.hpp"
#include "core/device/statistics.hpp"
#include "core/domain/ending.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/run/flight_recorder.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/interrupts.hpp"

namespace isthmus::core {
namespace {

bool can_run(const Vcpu& vcpu) {
    return vcpu.is_on() && vcpu.vgic->waiting.load() == 0 && !vcpu.domain->is_paused();
}

/// It has something to do with the CPU: to run, or to have its unfinished line written.
bool is_ready(const SchedEntity& entity) {
    const auto& vcpu = static_cast<const Vcpu&>(entity);
    return can_run(vcpu) || vcpu.console_due;
}

/// It is on in a domain that has stopped; or that is to be built again here.
bool is_finished(const SchedEntity& entity) {
    const auto& vcpu = static_cast<const Vcpu&>(entity);
    const Vcpu::Power power = vcpu.power.load();
    return (power == Vcpu::Power::on && !vcpu.domain->is_running()) ||
           power == Vcpu::Power::summoned;
}

/// Sleeping, or off, when it does not merely wait for the CPU.
u32 absent_runstate(const Vcpu& vcpu) {
    using Runstate = xen::RunstateInfo;
    return can_run(vcpu)  ? Runstate::runnable
           : vcpu.is_on() ? Runstate::blocked
                          : Runstate::offline;
}

/// Those that have woken while another runs wait for the CPU from now on.
[[gnu::noinline]] void tell_woken(const PerCpu& cpu) {
    for (SchedEntity* entity = cpu.queue.first(); entity != nullptr; entity = entity->next) {
        auto& vcpu = static_cast<Vcpu&>(*entity);
        if (&vcpu != cpu.current && vcpu.tells_runstate.load(Order::relaxed) != 0) {
            xen::change_runstate(vcpu, absent_runstate(vcpu));
        }
    }
}

void leave_current(PerCpu& cpu) {
    Vcpu* left = cpu.current;
    if (left == nullptr) {
        return;
    }
    arch::stop_virtual_timer(left->state);
    take_serror_of(*left);
    const bool is_cut = cpu.leave_guest && left->budget > 0 && can_run(*left);
    end_turn(cpu, *left, is_cut);
    if (cpu.trace != nullptr) [[unlikely]] {
        trace_leave(cpu, *left, is_cut);
    }
    left->has_slept = !cpu.leave_guest;
    left->domain->vgic.leave(*left->vgic);
    arch::save_vcpu(left->state);
    cpu.current = nullptr;
    keep_virtual_timer(*left);
    if (left->tells_runstate.load(Order::relaxed) != 0) [[unlikely]] {
        xen::change_runstate(*left, absent_runstate(*left));
    }
    if (left->power.load() == Vcpu::Power::stopping) {
        left->power.store(Vcpu::Power::off);  // its domain may be rebuilt from here on
    }
}

/// Those whose domain has stopped are done here. What that takes is nobody's.
void retire(PerCpu& cpu) {
    for (SchedEntity* entity = cpu.queue.first(); entity != nullptr; entity = entity->next) {
        if (is_finished(*entity)) {
            auto& vcpu = static_cast<Vcpu&>(*entity);
            disarm_timer(vcpu.virtual_deadline);
            disarm_timer(vcpu.physical_deadline);
            vcpu_left(vcpu);
            skip_time(cpu);
        }
    }
}

bool others_are_ready(const PerCpu& cpu) {
    return cpu.queue.any(
        [&](const SchedEntity& entity) { return &entity != cpu.current && is_ready(entity); });
}

/// The most urgent of those that have woken and may take the CPU from the running one, now or later
/// in this turn; nullptr: none.
Vcpu* find_cutter(const PerCpu& cpu) {
    SchedEntity* found = nullptr;
    for (SchedEntity* entity = cpu.queue.first(); entity != nullptr; entity = entity->next) {
        if (entity != cpu.current && entity->has_slept && is_ready(*entity) &&
            RunQueue::outranks(*entity, *cpu.current) &&
            (found == nullptr || RunQueue::outranks(*entity, *found))) {
            found = entity;
        }
    }
    return static_cast<Vcpu*>(found);
}

/// An equal lets the running one have some of its turn first: else those that sleep a little and
/// wake again, one after the other, would leave it none.
bool may_cut_now(const PerCpu& cpu, const Vcpu& cutter) {
    return cutter.priority > cpu.current->priority || cpu.turn >= cpu.minimum_turn;
}

/// The end of the running vCPU's turn matters only to others.
void limit_turn(PerCpu& cpu) {
    if (cpu.leave_guest || !others_are_ready(cpu)) {
        disarm_timer(cpu.slice_end);
        return;
    }
    const i64 budget = cpu.current->budget;
    u64 left = static_cast<u64>(budget > 0 ? budget : 0);
    if (cpu.turn < cpu.minimum_turn && find_cutter(cpu) != nullptr) {
        const u64 own = cpu.minimum_turn - cpu.turn;
        left = own < left ? own : left;
    }
    arm_timer(cpu.slice_end, cpu.accounted + left);
}

[[noreturn]] void run(PerCpu& cpu, Vcpu& vcpu) {
    cpu.current = &vcpu;
    cpu.leave_guest = false;
    const bool shared = cpu.queue.is_shared();
    arch::load_vcpu(vcpu.state, vcpu.domain->control, shared);
    if (vcpu.virtual_deadline.armed) {
        disarm_timer(vcpu.virtual_deadline);
    }
    if (shared) {
        if (vcpu.has_sibling_here && cpu.previous != &vcpu) {
            arch::forget_guest_translations();  // the sibling's own may be here
        }
        cpu.previous = &vcpu;
    }
    vcpu.domain->vgic.enter(*vcpu.vgic);
    arch::start_virtual_timer(vcpu.state);
    begin_turn(cpu, vcpu);
    if (cpu.trace != nullptr) [[unlikely]] {
        trace_run(cpu, vcpu);
    }
    if (vcpu.tells_runstate.load(Order::relaxed) != 0) [[unlikely]] {
        xen::change_runstate(vcpu, xen::RunstateInfo::running);
    }
    if (shared) {
        limit_turn(cpu);
    }
    if (cpu.ending != nullptr && !cpu.ending_due.armed) [[unlikely]] {
        arm_timer(cpu.ending_due, cpu.accounted);
    }
    end_stretch(cpu);
    arch::enter_guest(vcpu.registers);
}

/// Whether the running vCPU, charged up to now, is to make room.
bool is_to_leave(PerCpu& cpu) {
    if (cpu.current->budget <= 0) {
        return others_are_ready(cpu);
    }
    Vcpu* cutter = find_cutter(cpu);
    const bool cuts = cutter != nullptr && may_cut_now(cpu, *cutter);
    cpu.cutter = cuts ? cutter : nullptr;
    return cuts;
}

/// What the console has no room for now is tried again.
void show_open_line(Vcpu& vcpu) {
    if (!vcpu.domain->console.flush()) {
        GuestConsole::show_later(vcpu);
    }
}

/// A turn of its own for a line that its guest left unfinished.
void write_open_line(PerCpu& cpu, Vcpu& vcpu) {
    vcpu.console_due = false;
    show_open_line(vcpu);
    charge_absent(cpu, vcpu);
}

}  // namespace

void schedule() {
    PerCpu& cpu = this_cpu();
    if (cpu.current == nullptr) {
        skip_time(cpu);  // boot was nobody's
    }
    leave_current(cpu);
    for (;;) {
        retire(cpu);
        take_own_serror();
        if (SchedEntity* next = cpu.queue.pick(is_ready)) {
            auto& vcpu = static_cast<Vcpu&>(*next);
            if (vcpu.console_due) {
                write_open_line(cpu, vcpu);
                continue;
            }
            run(cpu, vcpu);
        }
        const bool did_piece = do_piece_of_endings(cpu);
        end_stretch(cpu);
        if (!did_piece) {
            disarm_timer(cpu.slice_end);
            arch::wait_for_interrupt();
        }
        begin_stretch(cpu, Stretch::wake);
        arch::poll_interrupts();
        skip_time(cpu);
    }
}

void reconsider(PerCpu& cpu) {
    if (cpu.current == nullptr) {
        return;
    }
    if (cpu.queue.any(is_finished) || cpu.current->domain->is_paused()) {
        cpu.leave_guest = true;
    } else if (cpu.queue.is_shared()) {
        charge_turn(cpu, *cpu.current);
        if (cpu.tells_runstate.load(Order::relaxed) != 0) [[unlikely]] {
            tell_woken(cpu);
        }
        cpu.leave_guest = cpu.leave_guest || is_to_leave(cpu);
        limit_turn(cpu);
    }
}

TrapResult wait_for_guest_interrupt(Vcpu& vcpu) {
    // An interrupt of the machine that is pending may be for this guest: its virtual timer's.
    return this_cpu().queue.is_shared() && !arch::is_interrupt_pending()
               ? sleep_until_interrupt(vcpu)
               : TrapResult::done;
}

TrapResult sleep_until_interrupt(Vcpu& vcpu) {
    return vcpu.domain->vgic.wait(*vcpu.vgic) ? TrapResult::blocked : TrapResult::done;
}

void fire_slice_end(SoftTimer&, void* context) {
    reconsider(*static_cast<PerCpu*>(context));
}

void fire_console(SoftTimer&, void* context) {
    auto& vcpu = *static_cast<Vcpu*>(context);
    PerCpu& cpu = this_cpu();
    if (!cpu.queue.is_shared() || cpu.current == &vcpu) {
        show_open_line(vcpu);
        return;
    }
    {
        const Interruption interruption(cpu, vcpu);
        vcpu.console_due = true;
    }
    reconsider(cpu);
}

}  // namespace isthmus::core
