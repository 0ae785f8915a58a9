// SPDX-License-Identifier: Apache-2.0
// From entry.S to the boot story: the lasting map and stack, vectors, and who this CPU is.
#include "arch/arm64/start.hpp"
#include "arch/arm64/boot_map.hpp"
#include "arch/arm64/el2_map.hpp"
#include "arch/arm64/gic_cpu.hpp"
#include "arch/arm64/layout.hpp"
#include "arch/arm64/registers.hpp"
#include "arch/arm64/sysreg.hpp"
#include "arch/arm64/this_cpu.hpp"
#include "core/entry_points.hpp"
#include "isthmus/log.hpp"
#include "isthmus/panic.hpp"

extern "C" {
extern char isthmus_vectors[];
extern char secondary_entry[];

/// Read by entry.S once the MMU is on.
extern const isthmus::u64 isthmus_secondary_stacks;
extern const isthmus::u64 isthmus_stack_slot;
const isthmus::u64 isthmus_secondary_stacks = isthmus::arch::stack_base + isthmus::arch::stack_slot;
const isthmus::u64 isthmus_stack_slot = isthmus::arch::stack_slot;
constinit isthmus::u64 isthmus_secondary_ttbr = 0;

[[noreturn]] void isthmus_reset_stack(isthmus::u64 top, void (*next)());
[[noreturn]] void isthmus_start(isthmus::u64 image, isthmus::u64 tree);
[[noreturn]] void isthmus_secondary_start(isthmus::u64 slot);

/// -fstack-protector-strong compares with this.
constinit unsigned long __stack_chk_guard = 0x5ca1ab1e'0ddba11ul;
[[noreturn]] void __stack_chk_fail();
}

namespace isthmus::arch {
namespace {

constexpr u64 el1 = 1 << 2;

/// Kept over the change of stacks.
constinit core::BootInfo boot_info;
/// The affinity of each CPU by number, for kicks.
constinit u64 affinities[limits::cpus] = {};

void use_per_cpu(core::PerCpu& cpu) {
    ISTHMUS_WRITE_SYSREG(tpidr_el2, reinterpret_cast<u64>(&cpu));
}

/// Fills in what entry and exit need, for the CPU whose stacks are in `slot`.
core::PerCpu& prepare_per_cpu(usize index, usize slot) {
    core::PerCpu& cpu = core::per_cpu(index);
    cpu.index = static_cast<u32>(index);
    cpu.emergency_stack_top = emergency_stack_top(slot).raw();
    cpu.guest_frame = stack_top(slot).raw() - sizeof(GuestRegisters);
    return cpu;
}

void set_vectors() {
    ISTHMUS_WRITE_SYSREG(vbar_el2, reinterpret_cast<u64>(isthmus_vectors));
    isb();
}

[[noreturn]] void boot_on_lasting_stack() {
    core::boot(boot_info);
}

/// Tree and image as the first instructions found them.
void remember(HostAddress tree, u64 tree_bytes, HostRange image) {
    const u64 in_window = tree - tree.align_down(2 * MiB);
    boot_info.tree = {reinterpret_cast<const std::byte*>(boot_tree_base + in_window), tree_bytes};
    boot_info.tree_address = tree;
    boot_info.image = image;
}

}  // namespace

u64 affinity_of(usize index) {
    return affinities[index];
}

u64 cpu_affinity() {
    return ISTHMUS_READ_SYSREG(mpidr_el1) & mpidr_affinity_mask;
}

usize cpu_index() {
    return this_cpu().index;
}

void become_cpu(usize index) {
    affinities[index] = cpu_affinity();
    use_per_cpu(prepare_per_cpu(index, 0));
}

Result<void> start_cpu(usize index, u64 mpidr, HostAddress stack, HostAddress emergency_stack) {
    constexpr u64 psci_cpu_on = 0xc400'0003;
    const usize slot = index + 1;
    ISTHMUS_TRY(map_stacks(slot, stack, emergency_stack));
    affinities[index] = mpidr;
    isthmus_secondary_ttbr = el2_map_root();
    dsb_ish();
    const u64 entry = host_address(secondary_entry).raw();
    const u64 answer = smc_call(psci_cpu_on, mpidr, entry, slot);
    return answer == 0 ? Result<void>() : fail(Error::denied);
}

}  // namespace isthmus::arch

namespace isthmus::core {

PerCpu& this_cpu() {
    return *reinterpret_cast<PerCpu*>(ISTHMUS_READ_SYSREG(tpidr_el2));
}

}  // namespace isthmus::core

using namespace isthmus;
using namespace isthmus::arch;

void isthmus_start(u64 image, u64 tree) {
    if (ISTHMUS_READ_SYSREG(currentel) == el1) {
        remember(HostAddress(tree), boot_tree_window - (tree & (2 * MiB - 1)), HostRange());
        core::boot_without_el2(boot_info);
    }
    use_per_cpu(prepare_per_cpu(0, 0));
    set_vectors();
    const u64 tree_bytes = build_el2_map(HostAddress(image), HostAddress(tree));
    init_cpu_for_guests();
    choose_stage2_memory();
    remember(HostAddress(tree), tree_bytes, image_range());
    isthmus_reset_stack(stack_top(0).raw() - sizeof(GuestRegisters), boot_on_lasting_stack);
}

void isthmus_secondary_start(u64 slot) {
    const usize index = slot - 1;
    use_per_cpu(prepare_per_cpu(index, slot));
    set_vectors();
    init_cpu_for_guests();
    if (forces_write_back() && !can_force_write_back()) {
        log("CPU {} lacks FEAT_S2FWB, which the boot CPU has: not used", index);
        halt();
    }
    core::secondary_main(index);
}

void __stack_chk_fail() {
    panic("a stack frame was overwritten");
}
