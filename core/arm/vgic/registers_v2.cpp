// SPDX-License-Identifier: Apache-2.0
// The distributor of a GICv2, as the guest sees it (Arm IHI 0048, 4.3): one group, so that a guest
// finds it the same whether it expects the non-secure view or a GIC without the Security
// Extensions. Private interrupts are the accessing vCPU's own.
#include "core/arm/vgic/gic_registers.hpp"
#include "core/arm/vgic/vgic.hpp"

namespace isthmus::core {
namespace {

constexpr bool holds_targets(u64 offset) {
    return offset >= gic::itargetsr && offset < gic::icfgr;
}
constexpr bool holds_senders(u64 offset) {
    return offset >= gic::cpendsgir && offset < gic::sgir_end;
}
/// What stands at the same place, and means the same, as in a GICv3.
constexpr bool is_banked(u64 offset) {
    return offset >= gic::isenabler && offset < gic::banked_end;
}

}  // namespace

Result<u64> Vgic::read_distributor_v2(VgicCpu& reader, u64 offset, unsigned size) {
    switch (offset) {
        case gic::gicd_typer:
            return gic::typer::ItLines::of(spi_count() / 32) |
                   gic::typer::CpuNumber::of(cpus_.size() - 1);
        case gic::gicd_iidr:
            return gic::iidr_arm;
        case gic::pidr2_4k:
            return gic::pidr2_v2;
        default:
            break;
    }
    const LockGuard guard(lock_);
    if (offset == gic::gicd_ctlr) {
        return group0_enabled_ ? gic::ctlr::enable_group0 : 0;
    }
    if (holds_targets(offset)) {
        return read_targets(reader, static_cast<u32>(offset - gic::itargetsr), size);
    }
    if (holds_senders(offset)) {
        return read_senders(reader, offset % sgi_count, size);
    }
    return is_banked(offset) ? read_banked(reader, offset, size) : 0;
}

Result<void> Vgic::write_distributor_v2(VgicCpu& writer, u64 offset, unsigned size, u64 value) {
    const LockGuard guard(lock_);
    if (offset == gic::gicd_ctlr && size == 4) {
        write_control(static_cast<u32>(value) & gic::ctlr::enable_group0);
    } else if (offset == gic::gicd_sgir && size == 4) {
        send_sgi_v2(writer, static_cast<u32>(value));
    } else if (holds_targets(offset)) {
        write_targets(static_cast<u32>(offset - gic::itargetsr), size, value);
    } else if (holds_senders(offset)) {
        write_senders(writer, offset, size, value);
    } else if (offset == gic::ispendr || offset == gic::icpendr) {
        write_banked(writer, offset, size, value & 0xffff'0000);  // SGIs have SPENDSGIR, CPENDSGIR
    } else if (is_banked(offset)) {
        write_banked(writer, offset, size, value);
    }
    return {};
}

u64 Vgic::read_targets(const VgicCpu& reader, u32 first, unsigned size) const {
    u64 value = 0;
    for (unsigned i = 0; i < size; ++i) {
        const u32 intid = first + i;
        if (intid < private_count) {
            value |= u64{1} << (reader.index + 8 * i);
        } else if (intid - private_count < spi_count()) {
            value |= u64{spi_targets_[intid - private_count]} << (8 * i);
        }
    }
    return value;
}

/// An interrupt for several vCPUs goes to the first of them.
void Vgic::write_targets(u32 first, unsigned size, u64 value) {
    const auto existing = static_cast<u8>((1u << cpus_.size()) - 1);
    for (unsigned i = 0; i < size; ++i) {
        const u32 intid = first + i;
        if (intid < private_count || intid - private_count >= spi_count()) {
            continue;
        }
        const auto targets = static_cast<u8>((value >> (8 * i)) & existing);
        spi_targets_[intid - private_count] = targets;
        const auto first_target = static_cast<u8>(__builtin_ctz(targets | 0x100));
        route(intid, targets == 0 ? VirtualIrq::no_target : first_target);
    }
}

}  // namespace isthmus::core
