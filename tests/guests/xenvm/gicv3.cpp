// SPDX-License-Identifier: Apache-2.0
#include "runtime/gic_registers.hpp"
#include "runtime/mmio.hpp"
#include "runtime/system_register.hpp"
#include "xenvm/xenvm.hpp"

namespace isthmus::xenvm::gic {

using namespace guest;
using namespace guest::gic_registers;
using namespace std::string_view_literals;

namespace {

// Addresses of Xen's guest layout, compiled in as in Zephyr.
constexpr u64 distributor = 0x300'1000;
constexpr u64 redistributors = 0x302'0000;
constexpr u64 redistributors_end = redistributors + 0x100'0000;
constexpr u64 gicd_igrpmodr = 0x0d00;
constexpr u64 gicr_ctlr = 0;
constexpr u32 first_spi = 32;
constexpr u32 all = ~u32{0};
constexpr u32 default_priority = 0xa0a0'a0a0;

u64 redistributor = 0;

void wait_for_writes(u32 intid) {
    if (intid < first_spi) {
        while ((read32(redistributor + gicr_ctlr) & 1u << 3) != 0) {
        }
    } else {
        while ((read32(distributor + gicd_ctlr) & 1u << 31) != 0) {
        }
    }
}

/// The frame that holds an interrupt's bits.
u64 frame_of(u32 intid) {
    return intid < first_spi ? redistributor + sgi_frame : distributor;
}

void init_distributor() {
    const u32 count = ((read32(distributor + gicd_typer) & 0x1f) + 1) * 32;
    write32(distributor + gicd_ctlr, 0);
    wait_for_writes(first_spi);
    for (u32 intid = first_spi; intid < count; intid += 32) {
        const u64 at = intid / 8;
        write32(distributor + gicd_icenabler + at, all);
        write32(distributor + gicd_icpendr + at, all);
        write32(distributor + gicd_igroupr + at, all);
        write32(distributor + gicd_igrpmodr + at, all);
    }
    wait_for_writes(first_spi);
    for (u32 intid = first_spi; intid < count; intid += 4) {
        write32(distributor + gicd_ipriorityr + intid, default_priority);
    }
    for (u32 intid = first_spi; intid < count; intid += 16) {
        write32(distributor + gicd_icfgr + intid / 4, 0);
    }
    write32(distributor + gicd_ctlr, ctlr_affinity_routing | 1u << 1);
}

/// The one whose affinity is this CPU's.
void find_redistributor() {
    const u64 affinity = affinity_of(GUEST_READ_SYSREG(mpidr_el1));
    for (u64 at = redistributors; at < redistributors_end; at += redistributor_size) {
        const u64 type = read64(at + gicr_typer);
        if (type >> 32 == affinity) {
            redistributor = at;
            return;
        }
        if ((type & gicr_typer_last) != 0) {
            break;
        }
    }
    fail("no redistributor is this CPU's"sv);
}

void wake_redistributor() {
    const u64 waker = redistributor + gicr_waker;
    if ((read32(waker) & gicr_waker_children_asleep) == 0) {
        return;
    }
    write32(waker, read32(waker) & ~u32{2});
    while ((read32(waker) & gicr_waker_children_asleep) != 0) {
    }
}

void init_cpu() {
    const u64 base = redistributor + sgi_frame;
    write32(base + gicd_icenabler, all);
    wait_for_writes(0);
    write32(base + gicd_icpendr, all);
    write32(base + gicd_igroupr, all);
    write32(base + gicd_igrpmodr, all);
    for (u32 intid = 0; intid < first_spi; intid += 4) {
        write32(base + gicd_ipriorityr + intid, default_priority);
    }
    write32(base + gicd_icfgr + 4, 0);
    if ((GUEST_READ_SYSREG(icc_sre_el1) & 1) == 0) {
        GUEST_WRITE_SYSREG(icc_sre_el1, 7);
        if ((GUEST_READ_SYSREG(icc_sre_el1) & 1) == 0) {
            fail("no system registers for interrupts"sv);
        }
    }
    GUEST_WRITE_SYSREG(icc_pmr_el1, 0xff);
    GUEST_WRITE_SYSREG(icc_igrpen1_el1, 1);
}

}  // namespace

constinit const std::string_view name = "GICv3"sv;

void init() {
    init_distributor();
    find_redistributor();
    wake_redistributor();
    init_cpu();
}

void enable(u32 intid) {
    const u64 base = frame_of(intid);
    const u32 bit = u32{1} << intid % 32;
    write32(base + gicd_icenabler + intid / 32 * 4, bit);
    wait_for_writes(intid);
    write8(base + gicd_ipriorityr + intid, 0xa0);
    if (intid >= 16) {
        const u64 trigger = base + gicd_icfgr + intid / 16 * 4;
        write32(trigger, read32(trigger) & ~(u32{3} << intid % 16 * 2));
    }
    write32(base + gicd_isenabler + intid / 32 * 4, bit);
    if (intid >= first_spi) {
        write64(distributor + gicd_irouter + u64{intid} * 8,
                GUEST_READ_SYSREG(mpidr_el1) & 0xff'00ff'ffff);
    }
}

u32 acknowledge() {
    return static_cast<u32>(GUEST_READ_SYSREG(icc_iar1_el1));
}

void end(u32 acknowledged) {
    dsb();
    GUEST_WRITE_SYSREG(icc_eoir1_el1, acknowledged);
}

void send_to_self(u32 sgi) {
    const u64 mpidr = GUEST_READ_SYSREG(mpidr_el1);
    const u64 upper = (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32;
    dsb();
    GUEST_WRITE_SYSREG(icc_sgi1r_el1, upper | u64{sgi} << 24 | (mpidr >> 8 & 0xff) << 16 |
                                          u64{1} << (mpidr & 0xf));
    isb();
}

}  // namespace isthmus::xenvm::gic
