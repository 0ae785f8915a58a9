// SPDX-License-Identifier: Apache-2.0
#include "core/arm/vpsci.hpp"

#include "core/arm/smccc.hpp"
#include "core/domain/domain.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/run/scheduler.hpp"

namespace isthmus::core {
namespace {

Vcpu* find_vcpu(Domain& domain, u64 mpidr) {
    for (Vcpu& vcpu : domain.vcpus) {
        if (vcpu.mpidr == mpidr) {
            return &vcpu;
        }
    }
    return nullptr;
}

/// Whether a guest address is memory that the domain may execute.
bool is_executable(const Domain& domain, u64 address) {
    for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
        if (mapping.guest.contains(GuestAddress(address))) {
            return mm::is_executable(mapping.type);
        }
    }
    return false;
}

i64 cpu_on(Domain& domain, u64 target, u64 entry, u64 context) {
    Vcpu* vcpu = find_vcpu(domain, target);
    if (vcpu == nullptr) {
        return psci::invalid_parameters;
    }
    if (!is_executable(domain, entry) || !is_aligned(entry, 4)) {
        return psci::invalid_address;
    }
    Vcpu::Power found = Vcpu::Power::off;
    while (!vcpu->power.compare_exchange(found, Vcpu::Power::starting)) {
        if (found != Vcpu::Power::off) {
            return found == Vcpu::Power::starting ? psci::on_pending : psci::already_on;
        }
    }
    start_vcpu(*vcpu, entry, context);
    return psci::success;
}

i64 affinity_info(Domain& domain, u64 target, u64 lowest_level) {
    constexpr i64 on = 0;
    constexpr i64 off = 1;
    constexpr i64 on_pending = 2;
    if (lowest_level != 0) {
        return psci::invalid_parameters;  // allowed since PSCI 1.0: only CPUs are told apart
    }
    const Vcpu* vcpu = find_vcpu(domain, target);
    if (vcpu == nullptr) {
        return psci::invalid_parameters;
    }
    switch (vcpu->power.load()) {
        case Vcpu::Power::on:
        case Vcpu::Power::stopping:
            return on;
        case Vcpu::Power::starting:
            return on_pending;
        case Vcpu::Power::off:
        case Vcpu::Power::summoned:
            break;
    }
    return off;
}

}  // namespace

u64 psci_features(u32 function) {
    switch (function) {
        case psci::version:
        case psci::cpu_suspend:
        case psci::cpu_suspend | smccc::smc64:
        case psci::cpu_off:
        case psci::cpu_on:
        case psci::cpu_on | smccc::smc64:
        case psci::affinity_info:
        case psci::affinity_info | smccc::smc64:
        case psci::migrate_info_type:
        case psci::system_off:
        case psci::system_reset:
        case psci::system_reset2:
        case psci::system_reset2 | smccc::smc64:
        case psci::features:
        case smccc::version:
            return 0;
        default:
            return static_cast<u64>(psci::not_supported);
    }
}

TrapResult handle_psci(Vcpu& vcpu, arch::GuestRegisters& registers) {
    Domain& domain = *vcpu.domain;
    const auto function = static_cast<u32>(registers.x[0]);
    // In the 32-bit convention the upper halves of the arguments mean nothing (DEN 0028, 2.5).
    const u64 mask = (function & smccc::smc64) != 0 ? ~u64{0} : 0xffff'ffff;
    const u64 arg1 = registers.x[1] & mask;
    const u64 arg2 = registers.x[2] & mask;
    const u64 arg3 = registers.x[3] & mask;
    switch (function) {
        case psci::cpu_on:
        case psci::cpu_on | smccc::smc64:
            registers.x[0] = static_cast<u64>(cpu_on(domain, arg1, arg2, arg3));
            return TrapResult::done;
        case psci::affinity_info:
        case psci::affinity_info | smccc::smc64:
            registers.x[0] = static_cast<u64>(affinity_info(domain, arg1, arg2));
            return TrapResult::done;
        case psci::cpu_suspend:
        case psci::cpu_suspend | smccc::smc64:
            // A standby, of which PSCI (5.4.1) lets the end come at any time: where a vCPU has its
            // CPU to itself, at once, as WFI is then the machine's own.
            registers.x[0] = static_cast<u64>(psci::success);
            return wait_for_guest_interrupt(vcpu);
        case psci::cpu_off:
            turn_off_vcpu(vcpu);
            return TrapResult::stopped;
        case psci::system_off:
            stop_domain(domain, StopReason::power_off);
            return TrapResult::stopped;
        case psci::system_reset:
            stop_domain(domain, StopReason::reset);
            return TrapResult::stopped;
        case psci::system_reset2:
        case psci::system_reset2 | smccc::smc64:
            // SYSTEM_WARM_RESET is the only architectural type, and there are no vendor's
            // (PSCI 1.1).
            if (static_cast<u32>(arg1) != 0) {
                registers.x[0] = static_cast<u64>(psci::invalid_parameters);
                return TrapResult::done;
            }
            stop_domain(domain, StopReason::reset);
            return TrapResult::stopped;
        default:
            registers.x[0] = smccc::not_supported;
            return TrapResult::done;
    }
}

}  // namespace isthmus::core
