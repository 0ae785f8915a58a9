// SPDX-License-Identifier: Apache-2.0
// The first tables: enough to turn the MMU on and run at the linked address. Each CPU passes
// through them; Isthmus's lasting map is el2_map.cpp.
//
// isthmus_boot_map runs with the MMU off, at the host address where the image was loaded: it may
// reach its own code and data only relative to the program counter, so it reads no table of
// pointers and calls nothing that does.
#include "arch/arm64/boot_map.hpp"

#include "arch/arm64/el2_descriptor.hpp"
#include "arch/arm64/layout.hpp"
#include "arch/arm64/registers.hpp"
#include "arch/arm64/sysreg.hpp"
#include "arch/arm64/translation_control.hpp"

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

isthmus::u64 isthmus_boot_map(isthmus::u64 image, isthmus::u64 tree);
}

namespace isthmus::arch {
namespace {

struct alignas(page_size) Table {
    u64 entry[512];
};

constexpr usize image_l3_tables = image_limit / (2 * MiB);

[[gnu::section(".boot_noinit")]] Table l1_identity;
[[gnu::section(".boot_noinit")]] Table l2_identity;
[[gnu::section(".boot_noinit")]] Table l1_image;
[[gnu::section(".boot_noinit")]] Table l2_image;
[[gnu::section(".boot_noinit")]] Table l3_image[image_l3_tables];
[[gnu::section(".boot_noinit")]] Table l2_tree;
[[gnu::section(".boot_noinit")]] Table l2_device;

constexpr usize index(u64 address, unsigned level) {
    return (address >> (39 - 9 * level)) & 511;
}

/// With the MMU off an object's address is its host address.
template <class T>
HostAddress here(T& object) {
    return HostAddress(reinterpret_cast<u64>(&object));
}

void clear(Table& table) {
    for (u64& entry : table.entry) {
        entry = 0;
    }
}

constexpr El2Attributes image_attributes(u64 offset, u64 text_end, u64 rodata_end) {
    const El2Access access = offset < text_end     ? El2Access::read_execute
                             : offset < rodata_end ? El2Access::read_only
                                                   : El2Access::read_write;
    return {El2Memory::normal_wb, access};
}

void map_image(HostAddress image) {
    const u64 text_end = static_cast<u64>(image_text_end - image_start);
    const u64 rodata_end = static_cast<u64>(image_rodata_end - image_start);
    const u64 end = static_cast<u64>(image_end - image_start);
    for (u64 offset = 0; offset < end; offset += page_size) {
        Table& table = l3_image[offset / (2 * MiB)];
        if (offset % (2 * MiB) == 0) {
            clear(table);
            l2_image.entry[index(image_base + offset, 2)] = El2Format::table(here(table));
        }
        table.entry[index(offset, 3)] =
            El2Format::leaf(image + offset, 3, image_attributes(offset, text_end, rodata_end));
    }
}

void map_tree(HostAddress tree) {
    constexpr El2Attributes read_only{El2Memory::normal_wb, El2Access::read_only};
    const HostAddress block = tree.align_down(2 * MiB);
    for (u64 offset = 0; offset < boot_tree_window; offset += 2 * MiB) {
        l2_tree.entry[index(boot_tree_base + offset, 2)] =
            El2Format::leaf(block + offset, 2, read_only);
    }
}

/// Only the block that turns the MMU on; executable, and not writable.
void map_identity(HostAddress image, Table& root) {
    constexpr El2Attributes executable{El2Memory::normal_wb, El2Access::read_execute};
    const u64 address = image.raw();
    // Not guarded: the first jump to the linked address is an indirect branch.
    const u64 leaf = El2Format::leaf(image, 2, executable) & ~el2::Gp::mask;
    root.entry[index(address, 0)] = El2Format::table(here(l1_identity));
    l1_identity.entry[index(address, 1)] = El2Format::table(here(l2_identity));
    l2_identity.entry[index(address, 2)] = leaf;
}

}  // namespace

extern "C" [[gnu::section(".boot_noinit")]] Table isthmus_boot_root;
Table isthmus_boot_root;

void map_device_in_boot_map(HostAddress registers) {
    constexpr El2Attributes device{El2Memory::device_ngnre, El2Access::read_write};
    l2_device.entry[0] = El2Format::leaf(registers.align_down(2 * MiB), 2, device);
    dsb_ish();
    isb();
}

}  // namespace isthmus::arch

isthmus::u64 isthmus_boot_map(isthmus::u64 image, isthmus::u64 tree) {
    using namespace isthmus;
    using namespace isthmus::arch;
    // One by one: a list of their addresses would hold linked addresses.
    clear(isthmus_boot_root);
    clear(l1_identity);
    clear(l2_identity);
    clear(l1_image);
    clear(l2_image);
    clear(l2_tree);
    clear(l2_device);
    map_image(HostAddress(image));
    map_tree(HostAddress(tree));
    l1_image.entry[index(image_base, 1)] = El2Format::table(here(l2_image));
    l1_image.entry[index(boot_tree_base, 1)] = El2Format::table(here(l2_tree));
    l1_image.entry[index(device_base, 1)] = El2Format::table(here(l2_device));
    isthmus_boot_root.entry[index(image_base, 0)] = El2Format::table(here(l1_image));
    map_identity(HostAddress(image), isthmus_boot_root);

    const u64 pa_range = ISTHMUS_READ_SYSREG(id_aa64mmfr0_el1) & 0xf;
    const u64 tcr = el2_control(pa_range, 48)->word;
    isthmus_boot_tcr_el2 = tcr;
    // TCR_EL1 has the same low fields, IPS at bit 32, and EPD1 (bit 23): no upper half.
    isthmus_boot_tcr_el1 = (tcr & 0xffff) | (translation_control::Ps::get(tcr) << 32) | bit(23);
    dsb_sy();
    return here(isthmus_boot_root).raw();
}
