// SPDX-License-Identifier: Apache-2.0
// Page tables of this guest in places where it has no memory: its CPU's walk comes upon them, for a
// load, a store, a fetch and an address translation. Lower addresses keep their map.
#include "isthmus/bits.hpp"
#include "probe/probe.hpp"
#include "runtime/gic.hpp"
#include "runtime/mmu.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest::probes {
namespace {

constexpr u64 upper = 0xffff'ff80'0000'0000;  // the first address of 39 bits behind TTBR1
constexpr u64 hole = 0x1000;
constexpr u64 beyond = u64{1} << 39;

/// Upper addresses, walked from `root` on.
void walk_from(u64 root) {
    constexpr u64 epd1 = bit(23);
    if ((GUEST_READ_SYSREG(sctlr_el1) & 1) == 0) {
        enable_mmu();
    }
    GUEST_WRITE_SYSREG(ttbr1_el1, root);
    const u64 tcr = GUEST_READ_SYSREG(tcr_el1) & ~epd1;
    GUEST_WRITE_SYSREG(tcr_el1, tcr | u64{25} << 16 | u64{0b10} << 30);  // T1SZ, TG1: 4 KiB
    isb();
    asm volatile("tlbi vmalle1\n dsb sy\n isb" ::: "memory");
}
void load() {
    u64 value;
    asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(upper) : "memory");
}
void store() {
    asm volatile("stp xzr, xzr, [%0]" ::"r"(upper) : "memory");
}
void fetch() {
    asm volatile("blr %0" ::"r"(upper) : "x30", "memory");
}
void translate() {
    asm volatile("at s1e1r, %0\n isb" ::"r"(upper) : "memory");
}
u64 distributor() {
    Gic gic;
    return gic.open() ? gic.distributor() : 0;
}

template <void (*action)()>
void from_hole() {
    walk_from(hole);
    action();
}
template <void (*action)()>
void from_device() {
    walk_from(distributor());
    action();
}

constexpr Probe list[] = {
    {"walk-hole-load", Expect::external_on_walk, from_hole<load>},
    {"walk-hole-store", Expect::external_on_walk, from_hole<store>},
    {"walk-hole-fetch", Expect::fetch_on_walk, from_hole<fetch>},
    {"walk-hole-translate", Expect::external_on_walk, from_hole<translate>},
    {"walk-device-load", Expect::external_on_walk, from_device<load>},
    {"walk-device-store", Expect::external_on_walk, from_device<store>},
    {"walk-device-fetch", Expect::fetch_on_walk, from_device<fetch>},
    {"walk-device-translate", Expect::external_on_walk, from_device<translate>},
    {"walk-beyond-load", Expect::external_on_walk,
     [] {
         walk_from(beyond);
         load();
     }},
    {"walk-nowhere-load", Expect::data_abort,  // beyond the CPU's addresses: its own matter
     [] {
         walk_from(0xffff'ffff'f000);
         load();
     }},
};

}  // namespace

std::span<const Probe> walk_probes() {
    return list;
}

}  // namespace isthmus::guest::probes
