// SPDX-License-Identifier: Apache-2.0
#include "core/hypercall.hpp"

#include "core/smccc.hpp"
#include "core/vcpu.hpp"
#include "core/violation.hpp"
#include "core/vpsci.hpp"

namespace isthmus::core {
namespace {

constexpr u64 xen_enosys = static_cast<u64>(i64{-38});

/// Calls that are answered from nothing but their number and x1. False: not one of them.
bool answer(arch::GuestRegisters& registers) {
    u64& x0 = registers.x[0];
    switch (static_cast<u32>(x0)) {
        case psci::version:
            x0 = psci::version_1_1;
            return true;
        case psci::migrate_info_type:
            x0 = psci::migrate_not_needed;
            return true;
        case psci::features:
            x0 = psci_features(static_cast<u32>(registers.x[1]));
            return true;
        case smccc::version:
            x0 = smccc::version_1_1;
            return true;
        case smccc::arch_features: {
            const auto asked = static_cast<u32>(registers.x[1]);
            const bool known = asked == smccc::version || asked == smccc::arch_features;
            x0 = known ? 0 : smccc::not_supported;
            return true;
        }
        default:
            return false;
    }
}

}  // namespace

bool try_hypercall(Vcpu& vcpu, arch::GuestRegisters& registers, u16 immediate) {
    ++vcpu.exits.hypercalls;  // at once: then nothing has to be kept for later
    if (immediate == 0) [[likely]] {
        return answer(registers);
    }
    if (immediate == xen_hypercall_immediate) {
        registers.x[0] = xen_enosys;
        return true;
    }
    return false;
}

TrapResult handle_call(Vcpu& vcpu, arch::GuestRegisters& registers, u16 immediate) {
    if (immediate != 0) {
        return refuse_instruction(vcpu, "HVC or SMC with number", immediate);
    }
    if (answer(registers)) {
        return TrapResult::done;
    }
    return handle_psci(vcpu, registers);
}

}  // namespace isthmus::core
