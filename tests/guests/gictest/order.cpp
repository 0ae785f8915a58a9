// SPDX-License-Identifier: Apache-2.0
// Who comes first, and what happens when there is more than the list registers hold.
#include "gictest/recorder.hpp"
#include "gictest/tests.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmio.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest::gictest {

using namespace gic_registers;

/// What the distributor says of itself and of the reader.
bool identification() {
    const u64 base = gic.distributor();
    const u32 pidr2 = read32(base + (gic.version() == 2 ? gicd_pidr2_v2 : gicd_pidr2_v3));
    const u32 typer = read32(base + gicd_typer);
    bool right = (pidr2 >> 4 & 0xf) == expected().version && (typer & 0x1f) >= 1;
    if (gic.version() == 2) {
        u32 cpus = 0;
        while (tree().cpu(cpus)) {
            ++cpus;
        }
        right = right && (cpus == 1 || (typer >> 5 & 7) + 1 == cpus);
        right = right && (cpus == 1 || read32(base + gicd_itargetsr) == 0x0101'0101);
    }
    return right;
}

bool priority_bits() {
    for (const u32 intid : {2u, first_spi}) {
        gic.set_priority(intid, 0xff);
        if ((gic.priority(intid) & 0xf8) != 0xf8) {
            return false;
        }
        gic.set_priority(intid, 0x50);
        if (gic.priority(intid) != 0x50) {
            return false;
        }
    }
    return true;
}

bool priority_mask() {
    gic.set_priority_mask(0x40);
    gic.send_sgi_to_self(6);
    let_in(0);
    const bool kept_out = seen.count == 0;
    gic.set_priority_mask(0xff);
    let_in(1);
    return kept_out && saw_only(6);
}

/// The most urgent comes first, whatever was raised first.
bool priority_order() {
    for (u32 intid = 0; intid < 8; ++intid) {
        gic.set_priority(intid, static_cast<u8>(0xe0 - intid * 0x10));
        gic.send_sgi_to_self(intid);
    }
    let_in(8);
    bool ordered = seen.count == 8;
    for (u32 i = 0; ordered && i < 8; ++i) {
        ordered = seen.intid(i) == 7 - i;
    }
    return ordered;
}

/// A more urgent one comes while another is active; an equally urgent one waits.
bool preemption() {
    for (u32 i = 0; i < 3; ++i) {
        prepare_spi(first_spi + i);
    }
    gic.set_priority(first_spi + 2, 0x40);
    gic.set_pending(first_spi);
    bool right = takes(first_spi);
    gic.set_pending(first_spi + 1);
    right = right && takes_none();
    gic.set_pending(first_spi + 2);
    right = right && takes(first_spi + 2);
    gic.end(first_spi + 2);
    right = right && takes_none();
    gic.end(first_spi);
    right = right && takes(first_spi + 1);
    gic.end(first_spi + 1);
    return right && takes_none();
}

/// 16 SGIs and 16 SPIs at once: more than any machine has list registers.
bool more_than_list_registers() {
    for (u32 i = 0; i < 16; ++i) {
        prepare_spi(first_spi + i);
    }
    for (u32 i = 0; i < 16; ++i) {
        gic.send_sgi_to_self(i);
        gic.set_pending(first_spi + i);
    }
    let_in(32);
    let_in(0);
    u64 sgis = 0;
    u64 spis = 0;
    for (u32 i = 0; i < seen.count; ++i) {
        (seen.intid(i) < 16 ? sgis : spis) |= u64{1} << seen.intid(i) % 16;
    }
    return seen.count == 32 && sgis == 0xffff && spis == 0xffff;
}

}  // namespace isthmus::guest::gictest
