// SPDX-License-Identifier: Apache-2.0
// Exceptions given to the running guest, as its CPU would have taken them to EL1 itself (Arm ARM,
// AArch64.TakeException).
#include "arch/arm64/esr.hpp"
#include "arch/arm64/registers.hpp"
#include "arch/arm64/sysreg.hpp"
#include "isthmus/arch.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 vector_current_sp0 = 0x000;
constexpr u64 vector_current_spx = 0x200;
constexpr u64 vector_lower_a64 = 0x400;
constexpr u64 vector_lower_a32 = 0x600;
constexpr u64 aarch32 = bit(4);
constexpr u64 external_abort = 0x10;

u64 vector_offset(u64 pstate) {
    if ((pstate & aarch32) != 0) {
        return vector_lower_a32;
    }
    switch (pstate & 0xf) {
        case 0x0:
            return vector_lower_a64;
        case 0x4:
            return vector_current_sp0;
        default:
            return vector_current_spx;
    }
}

bool from_el0(u64 pstate) {
    return (pstate & 0xf) == 0 || (pstate & aarch32) != 0;
}

void take_exception(u64 esr) {
    const u64 pstate = ISTHMUS_READ_SYSREG(spsr_el2);
    ISTHMUS_WRITE_SYSREG(elr_el1, ISTHMUS_READ_SYSREG(elr_el2));
    ISTHMUS_WRITE_SYSREG(spsr_el1, pstate);
    ISTHMUS_WRITE_SYSREG(esr_el1, esr);
    ISTHMUS_WRITE_SYSREG(elr_el2, ISTHMUS_READ_SYSREG(vbar_el1) + vector_offset(pstate));
    ISTHMUS_WRITE_SYSREG(spsr_el2, spsr::el1h | spsr::masked);
}

u64 syndrome(ExceptionClass ec, u64 iss) {
    return Syndrome::Ec::of(static_cast<u64>(ec)) | Syndrome::Il::of(1) | Syndrome::Iss::of(iss);
}

/// The class for an abort, which tells whether it came from EL1 itself or from EL0.
u64 abort_class(ExceptionClass lower) {
    const bool el0 = from_el0(ISTHMUS_READ_SYSREG(spsr_el2));
    return static_cast<u64>(lower) + (el0 ? 0 : 1);
}

}  // namespace

u64 guest_pc() {
    return ISTHMUS_READ_SYSREG(elr_el2);
}

void inject_undefined() {
    take_exception(syndrome(ExceptionClass::unknown, 0));
}

void inject_data_abort(bool write) {
    ISTHMUS_WRITE_SYSREG(far_el1, ISTHMUS_READ_SYSREG(far_el2));
    const auto ec = static_cast<ExceptionClass>(abort_class(ExceptionClass::data_abort_lower));
    take_exception(syndrome(ec, external_abort | DataAbort::Wnr::of(write ? 1 : 0)));
}

void inject_instruction_abort() {
    ISTHMUS_WRITE_SYSREG(far_el1, ISTHMUS_READ_SYSREG(far_el2));
    const auto ec =
        static_cast<ExceptionClass>(abort_class(ExceptionClass::instruction_abort_lower));
    take_exception(syndrome(ec, external_abort));
}

}  // namespace isthmus::arch
