// SPDX-License-Identifier: Apache-2.0
#include "runtime/exceptions.hpp"

#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {
namespace {

constinit PerCpu cpus[max_cpus];
constinit IrqHandler irq_handler = nullptr;
constinit SynchronousHandler synchronous_handler = nullptr;

/// Vectors 4 to 7 are "current EL with SP_ELx": synchronous, IRQ, FIQ, SError.
constexpr u64 vector_synchronous = 4;
constexpr u64 vector_irq = 5;

}  // namespace

PerCpu& this_cpu() {
    return *reinterpret_cast<PerCpu*>(GUEST_READ_SYSREG(tpidr_el1));
}

void install_cpu(u32 index) {
    cpus[index].index = index;
    GUEST_WRITE_SYSREG(tpidr_el1, reinterpret_cast<u64>(&cpus[index]));
}

void set_irq_handler(IrqHandler handler) {
    irq_handler = handler;
}

void set_synchronous_handler(SynchronousHandler handler) {
    synchronous_handler = handler;
}

}  // namespace isthmus::guest

/// From entry.S.
extern "C" void guest_exception(isthmus::guest::ExceptionFrame* frame, isthmus::u64 vector) {
    using namespace isthmus::guest;
    if (vector == vector_irq && irq_handler != nullptr) {
        irq_handler();
        return;
    }
    PerCpu& cpu = this_cpu();
    cpu.fault = {GUEST_READ_SYSREG(esr_el1), GUEST_READ_SYSREG(far_el1), frame->elr};
    if (vector == vector_synchronous && synchronous_handler != nullptr &&
        synchronous_handler(*frame, cpu.fault)) {
        return;
    }
    if (vector == vector_synchronous && cpu.slot != nullptr) {
        frame->elr = reinterpret_cast<isthmus::u64>(&guest_try_resume);
        frame->x[0] = reinterpret_cast<isthmus::u64>(cpu.slot);
        return;
    }
    say("guest: exception, vector {}, cpu {}: ESR {x} FAR {x} ELR {x}", vector, cpu.index,
        cpu.fault.esr, cpu.fault.far, cpu.fault.elr);
    power_off();
}
