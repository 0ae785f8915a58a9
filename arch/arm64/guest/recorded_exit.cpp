// SPDX-License-Identifier: Apache-2.0
// The ways out of a guest on a CPU with a flight recorder: the plain ones between two looks at the
// clock. Where the guest is not returned to, core::schedule() ends the stretch.
#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/cpu/this_cpu.hpp"
#include "arch/arm64/guest/guest_exit.hpp"
#include "core/run/flight_recorder.hpp"

using namespace isthmus;
using namespace isthmus::arch;
using core::Stretch;

namespace {

Stretch kind_of(ExceptionClass exception) {
    switch (exception) {
        case ExceptionClass::hvc64:
            return Stretch::hypercall;
        case ExceptionClass::smc64:
            return Stretch::smc;
        case ExceptionClass::sysreg:
            return Stretch::system_register;
        case ExceptionClass::data_abort_lower:
        case ExceptionClass::instruction_abort_lower:
            return Stretch::memory;
        default:
            return Stretch::other;
    }
}

}  // namespace

u64 isthmus_recorded_hvc(GuestRegisters* registers, u64 esr) {
    core::PerCpu& cpu = this_cpu();
    core::begin_stretch(cpu, Stretch::hypercall);
    const u64 is_done = isthmus_guest_hvc(registers, esr);
    if (is_done != 0) {
        core::end_stretch(cpu);
    }
    return is_done;
}

u64 isthmus_recorded_irq() {
    core::PerCpu& cpu = this_cpu();
    core::begin_stretch(cpu, Stretch::interrupt);
    const u64 goes_on = isthmus_guest_irq();
    if (goes_on != 0) {
        core::end_stretch(cpu);
    }
    return goes_on;
}

/// A hypercall that needs all registers has begun in isthmus_recorded_hvc.
void isthmus_recorded_sync(GuestRegisters* registers, u64 esr) {
    core::PerCpu& cpu = this_cpu();
    const Stretch kind = kind_of(Syndrome{esr}.exception_class());
    if (kind != Stretch::hypercall) {
        core::begin_stretch(cpu, kind);
    }
    isthmus_guest_sync(registers, esr);
    core::end_stretch(cpu);
}

void isthmus_recorded_serror(GuestRegisters* registers) {
    core::PerCpu& cpu = this_cpu();
    core::begin_stretch(cpu, Stretch::other);
    isthmus_guest_serror(registers);
    core::end_stretch(cpu);
}
