// SPDX-License-Identifier: Apache-2.0
// The registers that hold a bit, two bits or a byte for each interrupt. The distributor has them
// for shared interrupts, each redistributor for the private ones of its vCPU.
#include "core/arm/vgic/gic_registers.hpp"
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"

namespace isthmus::core {

using State = arch::ListRegister::State;

namespace {

/// The register's name: its offset without the part that counts interrupts.
constexpr u64 register_of(u64 offset) {
    return offset < gic::ipriorityr ? offset & ~u64{0x7f} : offset & ~u64{0xff};
}

}  // namespace

/// In a list register of another CPU's vCPU only that CPU can look; the interrupt counts as pending
/// there until it has been.
bool Vgic::pending_state(VgicCpu& cpu, VirtualIrq& irq, u32 intid) {
    const bool was_up = irq.line;
    look_at_line(cpu, irq, intid);
    if (was_up && !irq.line) {  // it has fallen, and the guest must not find it pending
        look_again(irq);
        hand_back_unused(cpu, irq, intid);
    }
    if (irq.in_list == VirtualIrq::no_list) {
        return irq.is_pending();
    }
    if (is_elsewhere(cpus_[irq.holder])) {
        return irq.active == Active::no || irq.is_pending();
    }
    const State state = read_list(cpus_[irq.holder], irq.in_list).state;
    return is_pending(state) || irq.is_pending();
}

bool Vgic::active_state(VirtualIrq& irq) {
    if (irq.in_list == VirtualIrq::no_list || is_elsewhere(cpus_[irq.holder])) {
        return (irq.active != Active::no || irq.make_active) && !irq.drop_active;
    }
    return is_active(read_list(cpus_[irq.holder], irq.in_list).state);
}

u64 Vgic::read_bits(VgicCpu& cpu, u32 first, u64 offset) {
    u64 value = 0;
    for (u32 i = 0; i < 32; ++i) {
        VirtualIrq* irq = find(cpu, first + i);
        if (irq == nullptr) {
            break;
        }
        bool set = false;
        switch (register_of(offset)) {
            case gic::igroupr:
                set = irq->group1;
                break;
            case gic::isenabler:
            case gic::icenabler:
                set = irq->enabled;
                break;
            case gic::ispendr:
            case gic::icpendr:
                set = pending_state(cpu, *irq, first + i);
                break;
            case gic::isactiver:
            case gic::icactiver:
                set = active_state(*irq);
                break;
            default:
                break;
        }
        value |= u64{set} << i;
    }
    return value;
}

void Vgic::write_bits(VgicCpu& cpu, u32 first, u64 offset, u32 value) {
    if (register_of(offset) == gic::igroupr) {
        for (u32 i = 0; i < 32; ++i) {
            if (VirtualIrq* irq = find(cpu, first + i)) {
                irq->group1 = ((value >> i) & 1) != 0;
            }
        }
        return;
    }
    for (u32 left = value; left != 0; left &= left - 1) {
        const u32 intid = first + static_cast<u32>(__builtin_ctz(left));
        if (VirtualIrq* irq = find(cpu, intid)) {
            write_bit(cpu, *irq, intid, offset);
        }
    }
}

/// It is routed now: while the guest was built, the vCPU's CPU may not have been there.
void Vgic::enable_line(const VirtualIrq& irq) {
    if (irq.target < cpus_.size()) {
        arch::route_interrupt(irq.host_intid, cpus_[irq.target].host_cpu);
    }
    arch::set_interrupt_enabled(irq.host_intid, true);
}

/// One interrupt named in a write to a set- or clear-register.
void Vgic::write_bit(VgicCpu& cpu, VirtualIrq& irq, u32 intid, u64 offset) {
    switch (register_of(offset)) {
        case gic::isenabler:
            irq.enabled = true;
            if (is_device_line(irq, intid)) {
                enable_line(irq);
            }
            break;
        case gic::icenabler:
            irq.enabled = false;
            if (is_device_line(irq, intid)) {
                arch::set_interrupt_enabled(irq.host_intid, false);
            }
            break;
        case gic::ispendr:
            irq.latched = true;
            break;
        case gic::icpendr:
            irq.latched = false;
            irq.drop_pending = irq.in_list != VirtualIrq::no_list;
            break;
        case gic::isactiver:
            irq.make_active = irq.in_list != VirtualIrq::no_list;
            irq.drop_active = false;
            // Outside the list registers no end by the guest is counted for it (IHI 0069, 12.4.7:
            // EOIcount asks for an active priority); it lasts until the guest clears it.
            if (irq.active == Active::no && !irq.make_active) {
                irq.active = Active::by_register;
            }
            break;
        case gic::icactiver:
            if (irq.in_list != VirtualIrq::no_list) {
                irq.drop_active = true;
                irq.make_active = false;
            } else {
                unpark(irq, intid);
            }
            break;
        default:
            return;
    }
    if (VgicCpu* target = target_of(cpu, irq, intid)) {
        reconsider(*target, irq, intid);
    } else {
        look_again(irq);
        hand_back_unused(cpu, irq, intid);
    }
}

u64 Vgic::read_priorities(VgicCpu& cpu, u32 first, unsigned size) {
    u64 value = 0;
    for (unsigned i = 0; i < size; ++i) {
        if (const VirtualIrq* irq = find(cpu, first + i)) {
            value |= u64{irq->priority} << (8 * i);
        }
    }
    return value;
}

void Vgic::write_priorities(VgicCpu& cpu, u32 first, unsigned size, u64 value) {
    for (unsigned i = 0; i < size; ++i) {
        if (VirtualIrq* irq = find(cpu, first + i)) {
            // Five bits, the fewest that a GICv3 may have (ICH_VTR_EL2.PRIbits is 4 or more).
            irq->priority = static_cast<u8>((value >> (8 * i)) & 0xf8);
        }
    }
}

u32 Vgic::read_configuration(VgicCpu& cpu, u32 first) {
    u32 value = 0;
    for (u32 i = 0; i < 16; ++i) {
        const VirtualIrq* irq = find(cpu, first + i);
        if (irq != nullptr && irq->edge) {
            value |= 2u << (2 * i);
        }
    }
    return value;
}

void Vgic::write_configuration(VgicCpu& cpu, u32 first, u32 value) {
    for (u32 i = 0; i < 16; ++i) {
        VirtualIrq* irq = find(cpu, first + i);
        if (irq == nullptr || first + i < sgi_count) {
            continue;
        }
        const bool edge = ((value >> (2 * i)) & 2) != 0;
        if (irq->host_intid == 0) {
            irq->edge = edge;
        } else if (is_device_line(*irq, first + i) && irq->edge != edge && !irq->enabled) {
            irq->edge = edge;
            arch::set_interrupt_trigger(irq->host_intid,
                                        edge ? arch::Trigger::edge : arch::Trigger::level);
        }
    }
}

/// `offset` as in gic_registers.hpp, within the banked part; `size` 1 only for priorities.
Result<u64> Vgic::read_banked(VgicCpu& cpu, u64 offset, unsigned size) {
    if (offset >= gic::ipriorityr && offset < gic::itargetsr) {
        return read_priorities(cpu, static_cast<u32>(offset - gic::ipriorityr), size);
    }
    if (size != 4) {
        return fail(Error::not_found);
    }
    if (offset >= gic::igroupr && offset < gic::ipriorityr) {
        return read_bits(cpu, static_cast<u32>((offset & 0x7f) * 8), offset);
    }
    if (offset >= gic::icfgr && offset < gic::igrpmodr) {
        return read_configuration(cpu, static_cast<u32>((offset - gic::icfgr) * 4));
    }
    return 0;
}

void Vgic::write_banked(VgicCpu& cpu, u64 offset, unsigned size, u64 value) {
    if (offset >= gic::ipriorityr && offset < gic::itargetsr) {
        write_priorities(cpu, static_cast<u32>(offset - gic::ipriorityr), size, value);
    } else if (size != 4) {
        return;
    } else if (offset >= gic::igroupr && offset < gic::ipriorityr) {
        write_bits(cpu, static_cast<u32>((offset & 0x7f) * 8), offset, static_cast<u32>(value));
    } else if (offset >= gic::icfgr && offset < gic::igrpmodr) {
        write_configuration(cpu, static_cast<u32>((offset - gic::icfgr) * 4),
                            static_cast<u32>(value));
    }
}

}  // namespace isthmus::core
