// SPDX-License-Identifier: Apache-2.0
#include "runtime/mmu.hpp"

#include <libfdt.h>

#include "isthmus/bits.hpp"
#include "isthmus/units.hpp"
#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {
namespace {

// 39 bits of address, so level 1 is the root: 512 entries of 1 GiB (Arm ARM D8.2.5).
constexpr u64 block_1g = GiB;
constexpr u64 block_2m = 2 * MiB;
constexpr usize middle_tables = 12;  // 1 GiB stretches that are RAM in part

struct alignas(page_size) Table {
    u64 entries[512]{};
};

constinit Table root;
constinit Table middle[middle_tables];
constinit usize middle_used = 0;
constinit bool built = false;

// Descriptors (Arm ARM D8.3). Attribute 0 of MAIR_EL1 is device memory, 1 is normal memory.
constexpr u64 table_descriptor = 3;
constexpr u64 block_common = 1 | bit(10);                       // valid block, access flag
constexpr u64 block_device = block_common | bit(53) | bit(54);  // never executable
constexpr u64 block_normal = block_common | u64{1} << 2 | u64{3} << 8 | bit(54);
constexpr u64 mair = 0xff04;  // attribute 0: nGnRE; attribute 1: write-back

/// The level-2 table of a stretch of 1 GiB, made from its block entry when there is none yet.
u64* middle_of(u64 address) {
    u64& entry = root.entries[address / block_1g];
    if ((entry & 3) == table_descriptor) {
        return reinterpret_cast<Table*>(entry & ~u64{0xfff})->entries;
    }
    if (middle_used == middle_tables) {
        die("too many stretches of memory for the guest's page tables");
    }
    u64* entries = middle[middle_used++].entries;
    for (u64 i = 0; i < 512; ++i) {
        entries[i] = entry + i * block_2m;
    }
    entry = reinterpret_cast<u64>(entries) | table_descriptor;
    return entries;
}

/// Normal memory in whole 2 MiB blocks around `range`: a guest has no device so near its RAM.
void map_normal(GuestRange range) {
    const GuestRange blocks = range.outer_aligned(block_2m);
    u64 at = blocks.start().raw();
    while (at < blocks.end().raw() && at / block_1g < 512) {
        if (is_aligned(at, block_1g) && blocks.end().raw() - at >= block_1g) {
            root.entries[at / block_1g] = at | block_normal;
            at += block_1g;
        } else {
            middle_of(at)[at / block_2m % 512] = at | block_normal;
            at += block_2m;
        }
    }
}

void map_shared_regions() {
    int node = -1;
    for (;;) {
        node = fdt_node_offset_by_compatible(tree().blob(), node, "xen,shared-memory-v1");
        if (node < 0) {
            return;
        }
        if (const auto range = tree().reg(node)) {
            map_normal(*range);
        }
    }
}

}  // namespace

void enable_mmu() {
    for (u64 i = 0; i < 512; ++i) {
        root.entries[i] = i * block_1g | block_device;
    }
    for (u32 i = 0; const auto bank = tree().memory(i); ++i) {
        map_normal(*bank);
    }
    map_shared_regions();
    built = true;
    enable_mmu_here();
}

void enable_mmu_here() {
    if (!built) {
        return;
    }
    const u64 physical_size = GUEST_READ_SYSREG(id_aa64mmfr0_el1) & 0xf;
    // T0SZ 25, write-back and inner shareable walks, 4 KiB granule, no TTBR1 walks.
    const u64 tcr = 25 | u64{1} << 8 | u64{1} << 10 | u64{3} << 12 | bit(23) |
                    (physical_size > 5 ? 5 : physical_size) << 32;
    GUEST_WRITE_SYSREG(mair_el1, mair);
    GUEST_WRITE_SYSREG(tcr_el1, tcr);
    GUEST_WRITE_SYSREG(ttbr0_el1, reinterpret_cast<u64>(&root));
    dsb();
    asm volatile("tlbi vmalle1" ::: "memory");
    dsb();
    isb();
    const u64 sctlr = GUEST_READ_SYSREG(sctlr_el1);
    GUEST_WRITE_SYSREG(sctlr_el1, sctlr | bit(0) | bit(2) | bit(12));
    isb();
}

}  // namespace isthmus::guest
