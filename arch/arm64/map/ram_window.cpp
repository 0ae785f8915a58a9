// SPDX-License-Identifier: Apache-2.0
// A look at a word of a guest's RAM, which Isthmus's map does not show while guests run: each CPU
// has a page of address space for that, filled for the length of one load. Only the CPU itself uses
// its window, so nobody else has to forget it, and no lock is needed.
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/map/el2_descriptor.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/panic.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::arch {

u32 peek_word(HostAddress address) {
    check(address.is_aligned(sizeof(u32)), "a look at half a word");
    u64* const entry = window_entries() + cpu_index();
    const u64 window = window_base + cpu_index() * page_size;
    const u64 seen_at = window + (address - address.align_down(page_size));
    __atomic_store_n(entry,
                     El2Format::leaf(address.align_down(page_size), mm::last_level,
                                     {El2Memory::normal_wb, El2Access::read_only}),
                     __ATOMIC_RELAXED);
    dsb_ishst();
    isb();
    // A guest whose caches are off writes past them: a line of an earlier look must not answer.
    dc_civac(seen_at);
    dsb_ish();
    const u32 word = *reinterpret_cast<const volatile u32*>(seen_at);
    __atomic_store_n(entry, 0, __ATOMIC_RELAXED);
    dsb_ishst();
    tlbi_vae2(window);
    dsb_ish();
    isb();
    return word;
}

}  // namespace isthmus::arch
