// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/serror.hpp"

#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "isthmus/arch/cpus.hpp"

extern "C" isthmus::u64 isthmus_take_serror();  // vectors.S

namespace isthmus::arch {
namespace {

constexpr u64 isr_serror = bit(8);      ///< ISR_EL1.A
constexpr u64 disr_deferred = bit(31);  ///< DISR_EL1.A
constexpr u64 disr_syndrome = 0x1ff'ffff;

bool has_ras() {
    return ((ISTHMUS_READ_SYSREG(id_aa64pfr0_el1) >> 28) & 0xf) != 0;
}

/// ESB (HINT #16) has put it there, as SErrors are masked at EL2.
u64 take_deferred() {
    const u64 deferred = ISTHMUS_READ_SYSREG(s3_0_c12_c1_1);  // DISR_EL1
    if ((deferred & disr_deferred) == 0) {
        return 0;
    }
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c1_1, 0);
    return Syndrome::Ec::of(static_cast<u64>(ExceptionClass::serror)) | Syndrome::Il::of(1) |
           (deferred & disr_syndrome);
}

}  // namespace

u64 take_serror() {
    dsb_sy();  // a store that was posted has had its answer
    esb();
    isb();
    if (has_ras()) {
        if (const u64 syndrome = take_deferred(); syndrome != 0) {
            return syndrome;
        }
    }
    return (ISTHMUS_READ_SYSREG(isr_el1) & isr_serror) != 0 ? isthmus_take_serror() : 0;
}

}  // namespace isthmus::arch
