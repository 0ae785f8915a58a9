// SPDX-License-Identifier: Apache-2.0
#include "core/run/turn.hpp"

#include "core/domain/vcpu.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

u64 take_time(PerCpu& cpu) {
    const u64 now = arch::counter();
    const u64 ticks = now - cpu.accounted;
    cpu.accounted = now;
    return ticks;
}

/// An interrupt's way from the guest and back, and that of the kick which may follow, are seen by
/// no clock of ours. A switch, which saves and loads far more, is more than both.
void pay_interrupt(PerCpu& cpu, Vcpu& running, Vcpu& cause) {
    const u64 way = cpu.switched;
    const u64 ticks = way < cpu.turn ? way : cpu.turn;
    RunQueue::refund(running, ticks);
    cpu.turn -= ticks;
    cause.owed += ticks;
}

}  // namespace

void charge_turn(PerCpu& cpu, Vcpu& running) {
    const u64 ticks = take_time(cpu);
    cpu.turn += ticks;
    cpu.queue.charge(running, ticks);
}

void begin_turn(PerCpu& cpu, Vcpu& vcpu) {
    cpu.switched = take_time(cpu);
    cpu.turn = 0;
    if (!vcpu.was_cut) {
        vcpu.owed += cpu.switched;
    } else if (cpu.debtor != nullptr && cpu.debtor != &vcpu) {
        cpu.queue.charge(*cpu.debtor, cpu.switched);
    }
    vcpu.was_cut = false;
    vcpu.has_slept = false;
}

void end_turn(PerCpu& cpu, Vcpu& vcpu, bool is_cut) {
    charge_turn(cpu, vcpu);
    vcpu.was_cut = is_cut;
    if (!is_cut) {
        cpu.queue.charge(vcpu, vcpu.owed);
        vcpu.owed = 0;
    } else if (cpu.cutter != nullptr) {
        pay_interrupt(cpu, vcpu, *cpu.cutter);
    }
    cpu.debtor = is_cut ? cpu.cutter : &vcpu;
    cpu.cutter = nullptr;
}

void skip_time(PerCpu& cpu) {
    static_cast<void>(take_time(cpu));
}

void charge_absent(PerCpu& cpu, Vcpu& vcpu) {
    cpu.queue.charge(vcpu, take_time(cpu));
    cpu.debtor = &vcpu;
}

Interruption::Interruption(PerCpu& cpu, Vcpu& cause)
    : cpu_(cpu),
      cause_(cause),
      interrupts_(cpu.queue.is_shared() && cpu.current != nullptr && cpu.current != &cause) {
    if (interrupts_) {
        charge_turn(cpu, *cpu.current);
        pay_interrupt(cpu, *cpu.current, cause);
    }
}

Interruption::~Interruption() {
    if (interrupts_) {
        cause_.owed += take_time(cpu_);
    }
}

}  // namespace isthmus::core
