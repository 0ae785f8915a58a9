// SPDX-License-Identifier: Apache-2.0
// This CPU's way of guarding Isthmus: asked for once, then in its vectors.
#include "arch/arm64/cpu/speculation.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/cpu/this_cpu.hpp"
#include "core/arm/smccc.hpp"
#include "isthmus/arch/cpus.hpp"

extern "C" {
extern char isthmus_vectors_branches[];
extern char isthmus_vectors_clear_history[];
extern char isthmus_vectors_firmware[];
extern char isthmus_vectors_recorded[];
}

namespace isthmus::arch {
namespace {

/// The firmware follows version 1.1 of the calling convention: from then on a function that it
/// does not know is answered, and calls of the architecture keep x4 and up.
constinit bool has_arch_calls = false;

Workaround ask(u32 workaround) {
    return has_arch_calls ? read_offer(smc_call(core::smccc::arch_features, workaround))
                          : Workaround::not_offered;
}

void use_vectors(const char* vectors) {
    ISTHMUS_WRITE_SYSREG(vbar_el2, reinterpret_cast<u64>(vectors));
    isb();
}

void install(EntryGuard guard) {
    switch (guard) {
        case EntryGuard::none:
            break;  // those that it has from start.cpp
        case EntryGuard::branches:
            use_vectors(isthmus_vectors_branches);
            break;
        case EntryGuard::clear_history:
            use_vectors(isthmus_vectors_clear_history);
            break;
        case EntryGuard::firmware:
            use_vectors(isthmus_vectors_firmware);
            break;
    }
}

}  // namespace

void find_firmware_calls() {
    constexpr u64 psci_1_0 = 0x1'0000;
    const auto answer = [](u32 function, u64 argument = 0) {
        return static_cast<i32>(smc_call(function, argument));
    };
    has_arch_calls = answer(core::psci::version) >= static_cast<i32>(psci_1_0) &&
                     answer(core::psci::features, core::smccc::version) >= 0 &&
                     answer(core::smccc::version) >= static_cast<i32>(core::smccc::version_1_1);
}

void guard_this_cpu() {
    const SpeculationIds ids{
        .midr = ISTHMUS_READ_SYSREG(midr_el1),
        .pfr0 = ISTHMUS_READ_SYSREG(id_aa64pfr0_el1),
        .pfr1 = ISTHMUS_READ_SYSREG(id_aa64pfr1_el1),
        .isar2 = ISTHMUS_READ_SYSREG(id_aa64isar2_el1),
        .mmfr1 = ISTHMUS_READ_SYSREG(id_aa64mmfr1_el1),
    };
    const FirmwareOffers offers{ask(arch_workaround_1), ask(arch_workaround_2),
                                ask(arch_workaround_3)};
    core::PerCpu& cpu = this_cpu();
    cpu.midr = ids.midr;
    cpu.speculation = judge_speculation(ids, offers);
    cpu.guard_branches = cpu.speculation.branches;
    cpu.guard_call = cpu.speculation.call;
    if (cpu.speculation.holds_stores) {
        smc_call(arch_workaround_2, 1);
    }
    if (cpu.recorder != nullptr) {
        use_vectors(isthmus_vectors_recorded);  // these guard, too
    } else {
        install(cpu.speculation.guard);
    }
}

}  // namespace isthmus::arch
