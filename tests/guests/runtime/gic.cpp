// SPDX-License-Identifier: Apache-2.0
#include "runtime/gic.hpp"

#include "isthmus/bits.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmio.hpp"
#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {

using namespace gic_registers;

bool Gic::open() {
    int node = tree().find_compatible("arm,gic-v3");
    version_ = 3;
    for (const std::string_view name : {"arm,gic-400", "arm,cortex-a15-gic"}) {
        if (node < 0) {
            node = tree().find_compatible(name);
            version_ = 2;
        }
    }
    const auto first = node >= 0 ? tree().reg(node, 0) : std::nullopt;
    const auto second = node >= 0 ? tree().reg(node, 1) : std::nullopt;
    if (!first || !second) {
        return false;
    }
    distributor_ = first->start().raw();
    second_ = second->start().raw();
    second_size_ = second->size();
    write32(distributor_ + gicd_ctlr, version_ == 3 ? ctlr_affinity_routing | 3 : 3);
    return true;
}

u64 Gic::redistributor() const {
    const u64 wanted = affinity_of(GUEST_READ_SYSREG(mpidr_el1));
    for (u64 at = second_; version_ == 3 && at < second_ + second_size_; at += redistributor_size) {
        const u64 typer = read64(at + gicr_typer);
        if (typer >> 32 == wanted) {
            return at;
        }
        if ((typer & gicr_typer_last) != 0) {
            break;
        }
    }
    return 0;
}

void Gic::open_cpu() const {
    if (version_ == 2) {
        write32(distributor_ + gicd_igroupr, 0);
        write32(second_ + gicc_pmr, 0xff);
        write32(second_ + gicc_bpr, 0);
        write32(second_ + gicc_ctlr, gicc_ctlr_enable);
        return;
    }
    const u64 frame = redistributor();
    if (frame == 0) {
        die("no redistributor for this CPU");
    }
    write32(frame + gicr_waker, 0);
    while ((read32(frame + gicr_waker) & gicr_waker_children_asleep) != 0) {
    }
    write32(frame + sgi_frame + gicd_igroupr, ~u32{0});
    GUEST_WRITE_SYSREG(icc_sre_el1, 7);  // system registers
    isb();
    GUEST_WRITE_SYSREG(icc_bpr1_el1, 0);
    GUEST_WRITE_SYSREG(icc_pmr_el1, 0xff);
    GUEST_WRITE_SYSREG(icc_igrpen1_el1, 1);
    isb();
}

u64 Gic::private_or_shared(u32 intid) const {
    return intid < 32 && version_ == 3 ? redistributor() + sgi_frame : distributor_;
}

void Gic::write_bit(u64 offset, u32 intid) const {
    write32(private_or_shared(intid) + offset + intid / 32 * 4, u32{1} << intid % 32);
}

void Gic::enable(u32 intid) const {
    if (intid >= 32 && version_ == 3) {
        const u64 group = distributor_ + gicd_igroupr + intid / 32 * 4;
        write32(group, read32(group) | u32{1} << intid % 32);
    }
    write_bit(gicd_isenabler, intid);
}
void Gic::disable(u32 intid) const {
    write_bit(gicd_icenabler, intid);
}
void Gic::set_pending(u32 intid) const {
    write_bit(gicd_ispendr, intid);
}
void Gic::clear_pending(u32 intid) const {
    write_bit(gicd_icpendr, intid);
}
void Gic::clear_active(u32 intid) const {
    write_bit(gicd_icactiver, intid);
}
bool Gic::read_bit(u64 offset, u32 intid) const {
    const u32 word = read32(private_or_shared(intid) + offset + intid / 32 * 4);
    return (word >> intid % 32 & 1) != 0;
}
bool Gic::is_pending(u32 intid) const {
    return read_bit(gicd_ispendr, intid);
}
bool Gic::is_active(u32 intid) const {
    return read_bit(gicd_isactiver, intid);
}
u8 Gic::priority(u32 intid) const {
    return read8(private_or_shared(intid) + gicd_ipriorityr + intid);
}
void Gic::set_priority(u32 intid, u8 priority) const {
    write8(private_or_shared(intid) + gicd_ipriorityr + intid, priority);
}

void Gic::set_edge(u32 intid, bool edge) const {
    const u64 at = distributor_ + gicd_icfgr + intid / 16 * 4;
    const u32 mask = u32{2} << intid % 16 * 2;
    write32(at, edge ? read32(at) | mask : read32(at) & ~mask);
}

void Gic::route_here(u32 intid) const {
    if (version_ == 2) {
        const u8 self = read8(distributor_ + gicd_itargetsr);  // of SGI 0: the reader's own bit
        write8(distributor_ + gicd_itargetsr + intid, self);
        return;
    }
    route_to(GUEST_READ_SYSREG(mpidr_el1), intid);
}

void Gic::route_to(u64 mpidr, u32 intid) const {
    if (version_ == 2) {
        write8(distributor_ + gicd_itargetsr + intid, static_cast<u8>(1u << mpidr % 8));
        return;
    }
    write64(distributor_ + gicd_irouter + u64{intid} * 8, mpidr & u64{0xff00ff'ffff});
}

void Gic::send_sgi(u64 mpidr, u32 intid) const {
    dsb();
    if (version_ == 2) {
        write32(distributor_ + gicd_sgir, u32{1} << (mpidr % 8 + 16) | intid);
        return;
    }
    const u64 cluster = (mpidr & 0xff00) << 8 | (mpidr & 0xff'0000) << 16;
    GUEST_WRITE_SYSREG(icc_sgi1r_el1, cluster | u64{intid} << 24 | u64{1} << (mpidr & 0xf));
    isb();
}

void Gic::send_sgi_to_self(u32 intid) const {
    if (version_ == 2) {
        write32(distributor_ + gicd_sgir, u32{2} << 24 | intid);
        return;
    }
    send_sgi(GUEST_READ_SYSREG(mpidr_el1), intid);
}

void Gic::send_sgi_to_others(u32 intid) const {
    dsb();
    if (version_ == 2) {
        write32(distributor_ + gicd_sgir, u32{1} << 24 | intid);
        return;
    }
    GUEST_WRITE_SYSREG(icc_sgi1r_el1, u64{1} << 40 | u64{intid} << 24);  // ICC_SGI1R_EL1.IRM
    isb();
}

void Gic::set_priority_mask(u8 mask) const {
    if (version_ == 2) {
        write32(second_ + gicc_pmr, mask);
        return;
    }
    GUEST_WRITE_SYSREG(icc_pmr_el1, mask);
    isb();
}

u32 Gic::acknowledge() const {
    if (version_ == 2) {
        return read32(second_ + gicc_iar);
    }
    const u64 intid = GUEST_READ_SYSREG(icc_iar1_el1);
    dsb();
    return static_cast<u32>(intid & 0xff'ffff);
}

void Gic::end(u32 acknowledged) const {
    if (version_ == 2) {
        write32(second_ + gicc_eoir, acknowledged);
        return;
    }
    GUEST_WRITE_SYSREG(icc_eoir1_el1, acknowledged);
    isb();
}

void Gic::split_end(bool split) const {
    if (version_ == 2) {
        write32(second_ + gicc_ctlr, gicc_ctlr_enable | (split ? gicc_ctlr_eoi_split : 0));
        return;
    }
    GUEST_WRITE_SYSREG(icc_ctlr_el1, split ? 2 : 0);  // ICC_CTLR_EL1.EOImode
    isb();
}

void Gic::deactivate(u32 acknowledged) const {
    if (version_ == 2) {
        write32(second_ + gicc_dir, acknowledged);
        return;
    }
    GUEST_WRITE_SYSREG(icc_dir_el1, acknowledged);
    isb();
}

}  // namespace isthmus::guest
