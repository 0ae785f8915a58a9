// SPDX-License-Identifier: Apache-2.0
// The distributor and the redistributors, as the guest sees them.
#include "core/arm/vgic/gic_registers.hpp"
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/interrupts.hpp"

namespace isthmus::core {
namespace {

/// Half of a 64-bit register, when the access is 32 bits wide.
u64 part(u64 value, u64 offset, unsigned size) {
    return size == 8 ? value : (value >> (8 * (offset & 4))) & 0xffff'ffff;
}

/// Whether a banked register belongs to interrupts 0 to 31, and so to a redistributor.
bool is_private(u64 offset) {
    if (offset < gic::ipriorityr) {
        return (offset & 0x7f) == 0;
    }
    if (offset < gic::itargetsr) {
        return offset < gic::ipriorityr + private_count;
    }
    return offset >= gic::icfgr && offset < gic::icfgr + 8;
}

}  // namespace

Result<u64> Vgic::read_distributor(VgicCpu& reader, u64 offset, unsigned size) {
    switch (offset) {
        case gic::gicd_typer:
            return gic::typer::ItLines::of(spi_count() / 32) | gic::typer::IdBits::of(9) |
                   gic::typer::no_1_of_n;
        case gic::gicd_iidr:
            return gic::iidr_arm;
        case gic::pidr2:
            return gic::pidr2_v3;
        default:
            break;
    }
    const LockGuard guard(lock_);
    if (offset == gic::gicd_ctlr) {
        return gic::ctlr::ds | gic::ctlr::are | (group0_enabled_ ? gic::ctlr::enable_group0 : 0) |
               (group1_enabled_ ? gic::ctlr::enable_group1 : 0);
    }
    if (offset >= gic::gicd_irouter && offset < gic::gicd_irouter_end && size >= 4) {
        return part(read_router(static_cast<u32>((offset - gic::gicd_irouter) / 8)), offset, size);
    }
    if (offset < gic::igroupr || offset >= gic::banked_end || is_private(offset)) {
        return 0;  // reserved, or in the redistributor when affinity routing is on
    }
    return read_banked(reader, offset, size);
}

Result<void> Vgic::write_distributor(VgicCpu& writer, u64 offset, unsigned size, u64 value) {
    const LockGuard guard(lock_);
    if (offset == gic::gicd_ctlr && size == 4) {
        write_control(static_cast<u32>(value));
    } else if (offset >= gic::gicd_irouter && offset < gic::gicd_irouter_end && size >= 4) {
        write_router(static_cast<u32>((offset - gic::gicd_irouter) / 8), offset, size, value);
    } else if (offset >= gic::igroupr && offset < gic::banked_end && !is_private(offset)) {
        write_banked(writer, offset, size, value);
    }
    return {};
}

void Vgic::write_control(u32 value) {
    const bool group0 = (value & gic::ctlr::enable_group0) != 0;
    const bool group1 = (value & gic::ctlr::enable_group1) != 0;
    if (group0 == group0_enabled_ && group1 == group1_enabled_) {
        return;
    }
    group0_enabled_ = group0;
    group1_enabled_ = group1;
    redeliver_all();
}

u64 Vgic::read_router(u32 intid) {
    if (intid < private_count || intid - private_count >= spi_count()) {
        return 0;
    }
    const u8 target = spis_[intid - private_count].target;
    return target < cpus_.size() ? cpus_[target].mpidr : 0;
}

/// Aff2 to Aff0 are in the low half; Aff3 in the high half is 0 for every vCPU. "Any CPU" means
/// the first. An affinity that no vCPU has silences the interrupt.
void Vgic::write_router(u32 intid, u64 offset, unsigned size, u64 value) {
    if (intid < private_count || intid - private_count >= spi_count() ||
        (size == 4 && (offset & 4) != 0)) {
        return;
    }
    const u64 affinity = value & (size == 8 ? 0xff'00ff'ffff : 0xff'ffff);
    u8 target = (value & gic::router_any) != 0 ? u8{0} : VirtualIrq::no_target;
    for (const VgicCpu& cpu : cpus_) {
        if ((value & gic::router_any) == 0 && cpu.mpidr == affinity) {
            target = static_cast<u8>(cpu.index);
        }
    }
    route(intid, target);
}

/// A shared interrupt goes to another vCPU from now on, or to none.
void Vgic::route(u32 intid, u8 target) {
    VirtualIrq& irq = spis_[intid - private_count];
    irq.target = target;
    if (is_device_line(irq, intid) && target != VirtualIrq::no_target) {
        arch::route_interrupt(irq.host_intid, cpus_[target].host_cpu);
    }
    if (irq.target != VirtualIrq::no_target) {
        reconsider(cpus_[irq.target], irq, intid);
    } else {
        look_again(irq);
    }
}

Result<u64> Vgic::read_redistributor(u64 offset, unsigned size) {
    const u64 number = offset / gic::redistributor_size;
    if (number >= cpus_.size()) {
        return fail(Error::not_found);
    }
    VgicCpu& cpu = cpus_[number];
    offset %= gic::redistributor_size;
    switch (offset) {
        case gic::gicr_typer:
        case gic::gicr_typer + 4:
            return part(gic::typer::GicrAffinity::of(cpu.mpidr) |
                            gic::typer::GicrProcessor::of(cpu.index) |
                            (number + 1 == cpus_.size() ? gic::typer::gicr_last : 0),
                        offset, size);
        case gic::gicr_iidr:
            return gic::iidr_arm;
        case gic::pidr2:
            return gic::pidr2_v3;
        case gic::gicr_waker:
            return cpu.asleep ? gic::waker::processor_sleep | gic::waker::children_asleep : 0;
        default:
            break;
    }
    const u64 banked = offset - gic::sgi_frame;  // wraps, and is too large, in the RD frame
    if (banked < gic::igroupr || banked >= gic::banked_end || !is_private(banked)) {
        return 0;
    }
    const LockGuard guard(lock_);
    return read_banked(cpu, banked, size);
}

Result<void> Vgic::write_redistributor(u64 offset, unsigned size, u64 value) {
    const u64 number = offset / gic::redistributor_size;
    if (number >= cpus_.size()) {
        return fail(Error::not_found);
    }
    VgicCpu& cpu = cpus_[number];
    offset %= gic::redistributor_size;
    const LockGuard guard(lock_);
    if (offset == gic::gicr_waker) {
        cpu.asleep = (value & gic::waker::processor_sleep) != 0;
        return {};
    }
    const u64 banked = offset - gic::sgi_frame;  // wraps, and is too large, in the RD frame
    if (banked >= gic::igroupr && banked < gic::banked_end && is_private(banked)) {
        write_banked(cpu, banked, size, value);
    }
    return {};
}

}  // namespace isthmus::core
