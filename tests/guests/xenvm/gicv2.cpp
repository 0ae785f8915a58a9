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
constexpr u64 cpu_interface = 0x300'2000;
constexpr u32 first_spi = 32;
constexpr u32 all = ~u32{0};

u32 interrupts() {
    const u32 count = ((read32(distributor + gicd_typer) & 0x1f) + 1) * 32;
    return count < spurious ? count : spurious;
}

/// The bit of this CPU, from the read-only targets of its own interrupts.
u32 own_target() {
    u32 targets = 0;
    for (u32 at = 0; at < first_spi; at += 4) {
        targets = read32(distributor + gicd_itargetsr + at);
        if (targets == 0) {
            return 1;  // there is but one CPU
        }
    }
    targets |= targets >> 16;
    targets |= targets >> 8;
    return targets & 0xff;
}

void init_distributor() {
    const u32 count = interrupts();
    write32(distributor + gicd_ctlr, 0);
    const u32 target = own_target() * 0x0101'0101;
    for (u32 intid = first_spi; intid < count; intid += 4) {
        write32(distributor + gicd_itargetsr + intid, target);
    }
    for (u32 intid = first_spi; intid < count; intid += 16) {
        write32(distributor + gicd_icfgr + intid / 4, 0);
    }
    for (u32 intid = first_spi; intid < count; intid += 4) {
        write32(distributor + gicd_ipriorityr + intid, 0);
    }
    for (u32 intid = first_spi; intid < count; intid += 32) {
        write32(distributor + gicd_igroupr + intid / 8, 0);
    }
    for (u32 intid = first_spi; intid < count; intid += 32) {
        write32(distributor + gicd_icactiver + intid / 8, all);
        write32(distributor + gicd_icenabler + intid / 8, all);
    }
    write32(distributor + gicd_ctlr, 1);
}

void init_cpu() {
    constexpr u32 bypass = 0x1e0;
    constexpr u32 both_groups = 0x3;
    write32(distributor + gicd_icactiver, all);
    write32(distributor + gicd_icenabler, 0xffff'0000);
    write32(distributor + gicd_isenabler, 0x0000'ffff);
    for (u32 intid = 0; intid < first_spi; intid += 4) {
        write32(distributor + gicd_ipriorityr + intid, 0xa0a0'a0a0);
    }
    write32(cpu_interface + gicc_pmr, 0xf0);
    const u32 control = read32(cpu_interface + gicc_ctlr);
    write32(cpu_interface + gicc_ctlr, (control & ~bypass) | both_groups);
}

}  // namespace

constinit const std::string_view name = "GICv2"sv;

void init() {
    init_distributor();
    init_cpu();
}

void enable(u32 intid) {
    write8(distributor + gicd_ipriorityr + intid, 0xa0);
    const u64 trigger = distributor + gicd_icfgr + intid / 16 * 4;
    write32(trigger, read32(trigger) & ~(u32{3} << intid % 16 * 2));
    write32(distributor + gicd_isenabler + intid / 32 * 4, u32{1} << intid % 32);
}

u32 acknowledge() {
    return read32(cpu_interface + gicc_iar);
}

void end(u32 acknowledged) {
    dsb();
    write32(cpu_interface + gicc_eoir, acknowledged);
}

void send_to_self(u32 sgi) {
    dsb();
    write32(distributor + gicd_sgir, own_target() << 16 | sgi);
    isb();
}

}  // namespace isthmus::xenvm::gic
