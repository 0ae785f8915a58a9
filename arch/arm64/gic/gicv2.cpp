// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/gic/gicv2.hpp"

#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/gic/list_register_v2.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "core/arm/vgic/gic_registers.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::arch {

constinit Gicv2Frames gicv2_frames;

namespace {

/// The bit of each CPU's interface in GICD_ITARGETSR and GICD_SGIR; 0 until the CPU has come up.
constinit u8 interfaces[limits::cpus] = {};

/// ITARGETSR0 to 7 read as the reading CPU's own bit, in the bytes of interrupts that there are. A
/// GIC with one CPU interface reads as zero.
u8 own_interface() {
    for (u32 word = 0; word < 8; ++word) {
        const u32 value = read32(gicv2_frames.distributor + gic::itargetsr + 4 * word);
        const u32 bits = value | value >> 8 | value >> 16 | value >> 24;
        if ((bits & 0xff) != 0) {
            return static_cast<u8>(bits);
        }
    }
    return 1;
}

}  // namespace

Result<void> Gicv2::find(const InterruptController& controller) {
    const HypAddress base = ISTHMUS_TRY(map_small_device(controller.cpu_interface));
    constexpr u32 version = 2;
    const bool found = gicc::iidr_version(read32(base + gicc::iidr)) == version;
    unmap_device(small_device(controller.cpu_interface), base);
    return found ? Result<void>() : fail(Error::not_found);
}

Result<void> Gicv2::init(const InterruptController& controller) {
    gicv2_frames.distributor = ISTHMUS_TRY(map_device(controller.distributor));
    gicv2_frames.cpu_interface = ISTHMUS_TRY(map_device(controller.cpu_interface));
    gicv2_frames.hypervisor_interface = ISTHMUS_TRY(map_device(controller.hypervisor_interface));
    const HypAddress base = gicv2_frames.distributor;
    write32(base + gic::gicd_ctlr, 0);
    ISTHMUS_TRY(prepare_shared_interrupts(base, false));
    write32(base + gic::gicd_ctlr, gic::ctlr::enable_group0);
    return {};
}

Result<void> Gicv2::init_cpu() {
    const HypAddress base = gicv2_frames.cpu_interface;
    const u32 bypass = read32(base + gicc::ctlr) & gicc::ctlr_bypass;
    write32(base + gicc::ctlr, bypass);
    write32(gicv2_frames.hypervisor_interface + gich::hcr, 0);
    interfaces[cpu_index()] = own_interface();
    ISTHMUS_TRY(prepare_private_interrupts(gicv2_frames.distributor, false,
                                           gicv2_frames.distributor + gic::gicd_ctlr,
                                           gic::ctlr::rwp, 0));
    for (u64 offset = 0; offset < 16; offset += 4) {
        write32(gicv2_frames.distributor + gic::cpendsgir + offset, ~u32{0});
        // Of an interrupt that firmware took and did not end: none of ours is more urgent.
        write32(base + gicc::apr0 + offset, 0);
        write32(base + gicc::nsapr0 + offset, 0);
    }
    write32(base + gicc::pmr, 0xf0);  // everything passes
    write32(base + gicc::bpr, 0);
    write32(base + gicc::ctlr, bypass | gicc::ctlr_enable | gicc::ctlr_eoi_split);
    return {};
}

HypAddress Gicv2::distributor() {
    return gicv2_frames.distributor;
}

void Gicv2::route(u32 intid, usize cpu) {
    write8(gicv2_frames.distributor + gic::itargetsr + intid, interfaces[cpu]);
}

void Gicv2::send_sgi(u32 sgi, usize cpu) {
    write32(gicv2_frames.distributor + gic::gicd_sgir, u32{interfaces[cpu]} << 16 | sgi);
}

void Gicv2::send_sgi_to_others(u32 sgi) {
    write32(gicv2_frames.distributor + gic::gicd_sgir, gic::sgir::all_but_self << 24 | sgi);
}

}  // namespace isthmus::arch
