// SPDX-License-Identifier: Apache-2.0
#include "core/arm/hypercall.hpp"

#include "core/arm/smccc.hpp"
#include "core/arm/violation.hpp"
#include "core/arm/vpsci.hpp"
#include "core/device/doorbells.hpp"
#include "core/domain/domain.hpp"
#include "core/run/per_cpu.hpp"

namespace isthmus::core {
namespace {

/// What SMCCC_ARCH_FEATURES says of the function, on the CPU of the vCPU that asks (DEN 0028, 7.4
/// to 7.6). Store bypass is the same for all: a guest has nothing to switch, with SSBS by PSTATE.
u64 workaround_answer(u32 function) {
    const arch::Speculation& here = this_cpu().speculation;
    const arch::Exposure exposure = function == smccc::arch_workaround_1   ? here.targets
                                    : function == smccc::arch_workaround_2 ? here.store_bypass
                                    : function == smccc::arch_workaround_3
                                        ? here.history
                                        : arch::Exposure::unknown;
    const bool is_two = function == smccc::arch_workaround_2;
    switch (exposure) {
        case arch::Exposure::not_affected:
            return is_two ? smccc::not_required : smccc::not_affected;
        case arch::Exposure::mitigated:
            return !is_two ? 0 : here.has_ssbs ? smccc::not_supported : smccc::not_required;
        case arch::Exposure::vulnerable:
        case arch::Exposure::unknown:
            break;
    }
    return smccc::not_supported;
}

/// Whether a call was one of those asked for. Not a bool, of which only the lowest byte would
/// count: then a way in can end with a jump to the function that does the work.
using Answered = u64;

/// DOORBELL_RING(x1 = number).
[[gnu::noinline]] Answered ring(Vcpu& vcpu, arch::GuestRegisters& registers) {
    u64& x0 = registers.x[0];
    if (ring_doorbell(vcpu, registers.x[1])) [[likely]] {
        x0 = 0;
    } else {
        x0 = vcpu.domain->doorbells == nullptr ? smccc::not_supported : smccc::invalid_parameter;
    }
    return 1;
}

/// Those that a guest asks for while it boots, and ARCH_WORKAROUND_1 to 3. Out of line, so that the
/// others stay short.
[[gnu::noinline]] Answered answer_further(Vcpu& vcpu, arch::GuestRegisters& registers) {
    u64& x0 = registers.x[0];
    switch (static_cast<u32>(x0)) {
        case psci::features:
            x0 = psci_features(static_cast<u32>(registers.x[1]));
            return 1;
        case doorbell::take:
            x0 =
                vcpu.domain->doorbells == nullptr ? smccc::not_supported : take_rings(*vcpu.domain);
            return 1;
        case smccc::hypervisor_uid:
            for (usize i = 0; i < smccc::isthmus_uid.size(); ++i) {
                registers.x[i] = smccc::isthmus_uid[i];
            }
            return 1;
        case psci::migrate_info_type:
            x0 = psci::migrate_not_needed;
            return 1;
        case smccc::version:
            x0 = smccc::version_1_1;
            return 1;
        case smccc::arch_features: {
            const auto asked = static_cast<u32>(registers.x[1]);
            const bool known = asked == smccc::version || asked == smccc::arch_features;
            x0 = known ? 0 : workaround_answer(asked);
            return 1;
        }
        case smccc::arch_workaround_1:
        case smccc::arch_workaround_2:
        case smccc::arch_workaround_3:
            // What it is to do was done on the way here, or is done all the time.
            if (workaround_answer(static_cast<u32>(x0)) == smccc::not_supported) {
                return 0;
            }
            x0 = 0;
            return 1;
        default:
            return 0;
    }
}

/// Calls that need no more than x0 to x18, and leave the others alone. 0: not one of them. The two
/// that are called most are looked for first.
[[gnu::always_inline]] inline Answered answer(Vcpu& vcpu, arch::GuestRegisters& registers) {
    const auto function = static_cast<u32>(registers.x[0]);
    if (function == psci::version) {
        registers.x[0] = psci::version_1_1;
        return 1;
    }
    return function == doorbell::ring ? ring(vcpu, registers) : answer_further(vcpu, registers);
}

}  // namespace

u64 try_hypercall(Vcpu& vcpu, arch::GuestRegisters& registers, u16 immediate) {
    ++vcpu.exits.hypercalls;  // at once: then nothing has to be kept for later
    if (immediate == 0) [[likely]] {
        return answer(vcpu, registers);
    }
    return immediate == xen_hypercall_immediate ? try_xen_call(vcpu, registers) : 0;
}

TrapResult handle_call(Vcpu& vcpu, arch::GuestRegisters& registers, u16 immediate) {
    if (immediate != 0) {
        return refuse_instruction(vcpu, "HVC or SMC with number", immediate);
    }
    if (answer(vcpu, registers) != 0) {
        return TrapResult::done;
    }
    return handle_psci(vcpu, registers);
}

}  // namespace isthmus::core
