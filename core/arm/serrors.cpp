// SPDX-License-Identifier: Apache-2.0
#include "core/arm/serrors.hpp"

#include "arch/arm64/cpu/serror.hpp"
#include "core/arm/violation.hpp"
#include "core/domain/domain.hpp"
#include "core/domain/lifecycle.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/log.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core {

void report_firmware_serror(u64 syndrome) {
    if (syndrome != 0) {
        log("CPU {}: an SError was pending before Isthmus did anything, syndrome {x}: ignored",
            arch::cpu_index(), syndrome);
    }
}

void take_own_serror() {
    const u64 syndrome = arch::take_serror();
    if (syndrome == 0) [[likely]] {
        return;
    }
    log("CPU {}: an SError of Isthmus itself, syndrome {x}", arch::cpu_index(), syndrome);
    if (!arch::SErrorSyndrome{syndrome}.is_harmless()) {
        panic("a device or memory that Isthmus uses has failed");
    }
}

void take_serror_of(Vcpu& vcpu) {
    if (const u64 syndrome = arch::take_serror(); syndrome != 0) {
        on_guest_serror(vcpu, syndrome);
    }
}

TrapResult on_guest_serror(Vcpu& vcpu, u64 syndrome) {
    const bool is_harmless = arch::SErrorSyndrome{syndrome}.is_harmless();
    if (!is_harmless || may_log_violation(*vcpu.domain)) {
        log("{} vcpu{} caused an SError, syndrome {x}, at pc {x}{}", vcpu.domain->plan->name,
            vcpu.id, syndrome, arch::guest_pc(), is_harmless ? ": corrected" : "");
    }
    if (is_harmless) {
        return TrapResult::injected;
    }
    stop_domain(*vcpu.domain, StopReason::crash);
    return TrapResult::stopped;
}

}  // namespace isthmus::core
