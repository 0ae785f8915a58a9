// SPDX-License-Identifier: Apache-2.0
// What the files under test call beside each other.
#include "arch/arm64/cpu/cpus.hpp"
#include "arch/arm64/gic/virtual_interface.hpp"
#include "arch/arm64/guest/debug_unit.hpp"
#include "arch/arm64/guest/world_switch.hpp"
#include "arch/arm64/map/boot_map.hpp"
#include "arch/arm64/map/early_tables.hpp"
#include "core/domain/domain.hpp"
#include "core/run/per_cpu.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/log.hpp"
#include "isthmus/panic.hpp"

extern isthmus::arch::EarlyTables::Pages isthmus_early_pages;
constinit isthmus::arch::EarlyTables::Pages isthmus_early_pages{};

extern "C" {
void arch_fp_save(isthmus::arch::FpState* state);
void arch_fp_load(const isthmus::arch::FpState* state);
[[noreturn]] void isthmus_enter_guest(isthmus::arch::GuestRegisters* frame);

void arch_fp_save(isthmus::arch::FpState*) {}
void arch_fp_load(const isthmus::arch::FpState*) {}
void isthmus_enter_guest(isthmus::arch::GuestRegisters*) {
    isthmus::panic("a guest is entered");
}
}

namespace isthmus {

void log_line(LogKind, std::string_view, std::span<const TextArg>) {}

}  // namespace isthmus

namespace isthmus::arch {

HostRange device_in_boot_map() {
    return {};
}
const CommonCpu& common_cpu() {
    constexpr u64 lines_of_64_bytes = 4 << 16;  // CTR_EL0.DminLine
    static const CommonCpu common = CommonCpu::of({.ctr = lines_of_64_bytes, .mmfr0 = 5});
    return common;
}
usize cpu_index() {
    return 0;
}
void init_debug_unit() {}
void lend_debug_unit(const DebugState&) {}
void take_debug_unit_back(const DebugState&) {}
void load_gic_cpu(const VcpuState&) {}
void save_gic_cpu(VcpuState&) {}
HypAddress map_arena_in_boot_map(HostRange) {
    panic("the lasting map stands");
}

}  // namespace isthmus::arch

namespace isthmus::core {

PerCpu& this_cpu() {
    static PerCpu cpu;
    return cpu;
}
void set_state(Domain& domain, Domain::State state) {
    domain.state.store(state);
}

}  // namespace isthmus::core
