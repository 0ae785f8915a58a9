// SPDX-License-Identifier: Apache-2.0
// From entry.S to the boot story: the lasting map and stack, vectors, and who this CPU is.
#include "arch/arm64/boot/start.hpp"
#include "arch/arm64/cpu/cpus.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/cpu/this_cpu.hpp"
#include "arch/arm64/guest/world_switch.hpp"
#include "arch/arm64/map/boot_tables.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "core/boot/early_console.hpp"
#include "core/entry_points.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/host_map.hpp"
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
[[noreturn]] void isthmus_start(isthmus::u64 image, isthmus::u64 tree, isthmus::arch::EntryWay way);
[[noreturn]] void isthmus_secondary_start(isthmus::u64 slot, isthmus::arch::EntryWay way);

/// -fstack-protector-strong compares with this.
constinit unsigned long __stack_chk_guard = 0x5ca1ab1e'0ddba11ul;
[[noreturn]] void __stack_chk_fail();
}

namespace isthmus::arch {
namespace {

/// Kept over the change of stacks.
constinit core::BootInfo boot_info;

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

/// Firmware's may have expired long since.
void quiet_timers() {
    ISTHMUS_WRITE_SYSREG(cntp_ctl_el0, 0);
    ISTHMUS_WRITE_SYSREG(cntv_ctl_el0, 0);
    ISTHMUS_WRITE_SYSREG(cnthp_ctl_el2, 0);
    isb();
}

[[noreturn]] void boot_on_lasting_stack() {
    core::boot(boot_info);
}

/// The tree as the boot map shows it, and the lasting map will. Returns the pages.
HostRange find_tree(HostAddress tree) {
    const u64 in_window = tree - tree.align_down(2 * MiB);
    const auto* header = reinterpret_cast<const u8*>(boot_tree_base + in_window);
    const HostRange pages =
        boot_tree_pages(tree, boot_tree_bytes(std::span<const u8, 8>(header, 8)));
    boot_info.tree = {reinterpret_cast<const std::byte*>(header), pages.end() - tree};
    boot_info.tree_address = tree;
    return pages;
}

const char* why_not(EntryWay way) {
    return way == EntryWay::el1
               ? "entered at EL1, but a hypervisor needs EL2: start it from firmware that leaves "
                 "EL2 to it (QEMU: -machine virtualization=on)"
               : "HCR_EL2.E2H stays 1 on this CPU (FEAT_E2H0 is absent, or a hypervisor below "
                 "wants "
                 "it so), and Isthmus's EL2 is that of E2H = 0";
}

}  // namespace

usize cpu_index() {
    return this_cpu().index;
}

void become_cpu(usize index) {
    set_affinity_of(index, cpu_affinity());
    use_per_cpu(prepare_per_cpu(index, 0));
    // Only now, with a console: firmware may trap registers of features that the CPU has.
    core::step("registers of MPAM, FGT, HCX, RAS, SCXTNUM, SME: set where this CPU has them");
    init_cpu_for_guests();
    core::step("EL2 is ready for guests");
}

Result<void> start_cpu(usize index, u64 mpidr, HostAddress stack, HostAddress emergency_stack) {
    constexpr u64 psci_cpu_on = 0xc400'0003;
    const usize slot = index + 1;
    ISTHMUS_TRY(map_stacks(slot, stack, emergency_stack));
    set_affinity_of(index, mpidr);
    isthmus_secondary_ttbr = el2_map_root();
    dsb_ish();
    const u64 entry = host_address(secondary_entry).raw();
    const u64 answer = smc_call(psci_cpu_on, mpidr, entry, slot);
    return answer == 0 ? Result<void>() : fail(Error::denied);
}

}  // namespace isthmus::arch

using namespace isthmus;
using namespace isthmus::arch;

void isthmus_start(u64 image, u64 tree, EntryWay way) {
    const HostRange tree_pages = find_tree(HostAddress(tree));
    boot_info.image = image_at(HostAddress(image));
    core::open_early_console(boot_info);
    if (way != EntryWay::el2) {
        core::boot_only_to_say(boot_info, why_not(way));
    }
    use_per_cpu(prepare_per_cpu(0, 0));
    set_vectors();
    core::step("CPU {x} at EL2, image at {x}", ISTHMUS_READ_SYSREG(midr_el1), image);
    build_el2_map(HostAddress(image), tree_pages);
    core::step("lasting map stands");
    count_boot_cpu();
    choose_stage2_memory();
    quiet_timers();
    isthmus_reset_stack(stack_top(0).raw() - sizeof(GuestRegisters), boot_on_lasting_stack);
}

void isthmus_secondary_start(u64 slot, EntryWay way) {
    const usize index = slot - 1;
    use_per_cpu(prepare_per_cpu(index, slot));
    if (way != EntryWay::el2) {
        log("CPU {}: {}: not used", index, why_not(way));
        halt();
    }
    set_vectors();
    quiet_timers();
    if (!join_cpus(index)) {
        halt();
    }
    init_cpu_for_guests();  // by now the least of all CPUs has no more than this one
    core::secondary_main(index);
}

void __stack_chk_fail() {
    panic("a stack frame was overwritten");
}
