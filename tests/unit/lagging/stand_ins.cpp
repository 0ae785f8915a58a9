// SPDX-License-Identifier: Apache-2.0
// What the files under test call beside each other.
#include "arch/arm64/boot/start.hpp"
#include "arch/arm64/cpu/cpus.hpp"
#include "arch/arm64/guest/debug_unit.hpp"
#include "arch/arm64/guest/world_switch.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "core/arm/guest_timers.hpp"
#include "core/entry_points.hpp"
#include "core/run/per_cpu.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/log.hpp"
#include "isthmus/panic.hpp"
#include "tests/unit/lagging/lagging_machine.hpp"

extern "C" {
void arch_fp_save(isthmus::arch::FpState* state);
void arch_fp_load(const isthmus::arch::FpState* state);
[[noreturn]] void isthmus_enter_guest(isthmus::arch::GuestRegisters* frame);

void arch_fp_save(isthmus::arch::FpState*) {}
void arch_fp_load(const isthmus::arch::FpState*) {
    isthmus::test::lagging().use_fp();
}
void isthmus_enter_guest(isthmus::arch::GuestRegisters*) {
    isthmus::panic("a guest is entered");
}
}

namespace isthmus {

void log_line(LogKind, std::string_view, std::span<const TextArg>) {}

}  // namespace isthmus

namespace isthmus::arch {

HostAddress host_address(const void*) {
    return HostAddress(0x4000'0000);
}
std::byte* host_pointer(HostAddress) {
    return nullptr;
}
Result<HypAddress> map_device(HostRange registers) {
    return HypAddress(registers.start().raw());
}
Result<HypAddress> map_small_device(HostRange registers) {
    return map_device(registers);
}
void unmap_device(HostRange, HypAddress) {}
const CommonCpu& common_cpu() {
    static const CommonCpu common = CommonCpu::of({.mmfr0 = 5});  // PARange: 48 bits
    return common;
}
void init_debug_unit() {}
void lend_debug_unit(const DebugState&) {}
void take_debug_unit_back(const DebugState&) {}
usize cpu_index() {
    return 0;
}
u64 cpu_affinity() {
    return 0;
}
u64 affinity_of(usize) {
    return 0;
}

}  // namespace isthmus::arch

namespace isthmus::core {

PerCpu& this_cpu() {
    static PerCpu cpu;
    return cpu;
}
bool on_host_interrupt(u32) {
    return false;
}
void on_virtual_timer(PerCpu&) {}
void on_deadline(PerCpu&) {}
void on_kick(PerCpu&) {}
void on_maintenance(PerCpu&) {}

}  // namespace isthmus::core
