// SPDX-License-Identifier: Apache-2.0
// The first tables: enough to turn the MMU on and run at the linked address. Each CPU passes
// through them; Isthmus's lasting map is el2_map.cpp.
//
// isthmus_boot_map runs with the MMU off, at the host address where the image was loaded: it may
// reach its own code and data only relative to the program counter, so it reads no table of
// pointers and calls nothing that does.
#include "arch/arm64/map/boot_map.hpp"

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/cpu/translation_control.hpp"
#include "arch/arm64/map/boot_tables.hpp"

extern "C" {
extern char image_start[];
extern char image_text_end[];
extern char image_rodata_end[];
extern char image_end[];

extern const isthmus::u64 isthmus_mair;
extern const isthmus::u64 isthmus_sctlr_el2;
extern const isthmus::u64 isthmus_sctlr_el1;
const isthmus::u64 isthmus_mair = isthmus::arch::el2::mair;
const isthmus::u64 isthmus_sctlr_el2 = isthmus::arch::sctlr::el2;
const isthmus::u64 isthmus_sctlr_el1 = isthmus::arch::sctlr::el1_boot;

/// TCR_EL2 and TCR_EL1 for the CPUs' PARange, read by entry.S with the MMU off.
[[gnu::section(".boot_noinit")]] isthmus::u64 isthmus_boot_tcr_el2;
[[gnu::section(".boot_noinit")]] isthmus::u64 isthmus_boot_tcr_el1;

/// It begins with the root.
extern isthmus::arch::BootTables isthmus_boot_root;
[[gnu::section(".boot_noinit")]] isthmus::arch::BootTables isthmus_boot_root;

isthmus::u64 isthmus_boot_map(isthmus::u64 image, isthmus::u64 tree);
}

namespace isthmus::arch {
namespace {

constinit HostRange device;

/// Firmware may have written the tree with its caches on, and only the image had to be cleaned
/// (Linux booting.rst).
u64 read_tree_bytes(u64 tree) {
    constexpr usize read = 8;
    dc_civac(tree);
    dc_civac(tree + read - 1);
    dsb_sy();
    u8 header[read];
    for (usize i = 0; i < read; ++i) {
        header[i] = reinterpret_cast<const volatile u8*>(tree)[i];
    }
    return boot_tree_bytes(header);
}

}  // namespace

HypAddress map_device_in_boot_map(HostRange registers) {
    device = registers;
    const HypAddress seen = isthmus_boot_root.map_device(registers);
    dsb_ish();
    isb();
    return seen;
}

HypAddress map_arena_in_boot_map(HostRange blocks) {
    const HypAddress seen = isthmus_boot_root.map_arena(blocks);
    dsb_ish();
    isb();
    return seen;
}

HostRange device_in_boot_map() {
    return device;
}

}  // namespace isthmus::arch

isthmus::u64 isthmus_boot_map(isthmus::u64 image, isthmus::u64 tree) {
    using namespace isthmus;
    using namespace isthmus::arch;
    const HostAddress start(image);
    isthmus_boot_root.fill({.start = start,
                            .text_end = static_cast<u64>(image_text_end - image_start),
                            .rodata_end = static_cast<u64>(image_rodata_end - image_start),
                            .end = static_cast<u64>(image_end - image_start)},
                           boot_tree_pages(HostAddress(tree), read_tree_bytes(tree)));

    const u64 pa_range = ISTHMUS_READ_SYSREG(id_aa64mmfr0_el1) & 0xf;
    const u64 tcr = el2_control(pa_range, 48)->word;
    isthmus_boot_tcr_el2 = tcr;
    // TCR_EL1 has the same low fields, IPS at bit 32, and EPD1 (bit 23): no upper half.
    isthmus_boot_tcr_el1 = (tcr & 0xffff) | (translation_control::Ps::get(tcr) << 32) | bit(23);
    dsb_sy();
    return isthmus_boot_root.root().raw();
}
