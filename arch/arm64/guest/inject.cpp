// SPDX-License-Identifier: Apache-2.0
// Exceptions given to the running guest, as its CPU would have taken them to EL1 itself (Arm ARM,
// AArch64.TakeException).
#include "arch/arm64/guest/inject.hpp"

#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/guest/pstate.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::arch {
namespace {

void take_exception(u64 esr) {
    const u64 pstate = ISTHMUS_READ_SYSREG(spsr_el2);
    ISTHMUS_WRITE_SYSREG(elr_el1, ISTHMUS_READ_SYSREG(elr_el2));
    ISTHMUS_WRITE_SYSREG(spsr_el1, pstate);
    ISTHMUS_WRITE_SYSREG(esr_el1, esr);
    ISTHMUS_WRITE_SYSREG(elr_el2, ISTHMUS_READ_SYSREG(vbar_el1) + synchronous_vector(pstate));
    ISTHMUS_WRITE_SYSREG(spsr_el2, pstate_in_handler(pstate, ISTHMUS_READ_SYSREG(sctlr_el1)));
}

u64 syndrome(u64 ec, u64 iss) {
    return Syndrome::Ec::of(ec) | Syndrome::Il::of(1) | Syndrome::Iss::of(iss);
}

/// An abort's class tells whether it came from EL1 itself or from EL0.
void take_abort(ExceptionClass from_lower, u64 iss) {
    const bool el0 = runs_at_el0(ISTHMUS_READ_SYSREG(spsr_el2));
    ISTHMUS_WRITE_SYSREG(far_el1, ISTHMUS_READ_SYSREG(far_el2));
    take_exception(syndrome(static_cast<u64>(from_lower) + (el0 ? 0 : 1), iss));
}

}  // namespace

void inject_same_syndrome() {
    take_exception(ISTHMUS_READ_SYSREG(esr_el2));
}

void inject_undefined() {
    take_exception(syndrome(static_cast<u64>(ExceptionClass::unknown), 0));
}

void inject_data_abort(bool write, FaultStatus status) {
    take_abort(ExceptionClass::data_abort_lower,
               static_cast<u64>(status) | DataAbort::Wnr::of(write ? 1 : 0));
}

void inject_instruction_abort(FaultStatus status) {
    take_abort(ExceptionClass::instruction_abort_lower, static_cast<u64>(status));
}

}  // namespace isthmus::arch
