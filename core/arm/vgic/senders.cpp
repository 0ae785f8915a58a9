// SPDX-License-Identifier: Apache-2.0
// SGIs of a GICv2: each is pending by itself for every vCPU that sent it (Arm IHI 0048, 3.2.2). One
// sender's is in a list register at a time; the others wait for its end as bits, with the interrupt
// latched as long as there are any.
#include "core/arm/vgic/gic_registers.hpp"
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/list_registers.hpp"

namespace isthmus::core {

using State = arch::ListRegister::State;

namespace {

constexpr u8 bit_of(u32 number) {
    return static_cast<u8>(1u << number);
}

bool names(u32 sgir, const VgicCpu& sender, const VgicCpu& cpu) {
    switch (static_cast<u32>(gic::sgir::Filter::get(sgir))) {
        case gic::sgir::listed:
            return ((gic::sgir::TargetList::get(sgir) >> cpu.index) & 1) != 0;
        case gic::sgir::all_but_self:
            return &cpu != &sender;
        case gic::sgir::self:
            return &cpu == &sender;
        default:
            return false;
    }
}

}  // namespace

/// GICD_SGIR, as the guest wrote it.
void Vgic::send_sgi_v2(VgicCpu& sender, u32 value) {
    const auto intid = static_cast<u32>(gic::sgir::Intid::get(value));
    for (VgicCpu& cpu : cpus_) {
        if (names(value, sender, cpu)) {
            VirtualIrq& irq = cpu.private_irqs[intid];
            cpu.sgi_senders[intid] |= bit_of(sender.index);
            irq.latched = true;
            deliver(cpu, irq, intid);
        }
    }
}

/// Into an empty list register, for the first of those who sent it.
void Vgic::write_pending_sgi(VgicCpu& cpu, VirtualIrq& irq, u32 intid, unsigned index) {
    u8& senders = cpu.sgi_senders[intid];
    const auto sender = static_cast<u8>(senders == 0 ? 0 : __builtin_ctz(senders));
    senders &= static_cast<u8>(~bit_of(sender));
    cpu.sgi_in_list[intid] = sender;
    irq.held = true;
    irq.latched = senders != 0;
    arch::write_list_register(index, {.intid = static_cast<u16>(intid),
                                      .priority = irq.priority,
                                      .state = State::pending,
                                      .sender = static_cast<u8>(sender & 7),
                                      .end_signal = irq.latched,
                                      .group1 = false});
    ++cpu.counts.placed;
}

/// What the list register holds as pending is pending outside of it from now on.
void Vgic::keep_pending(VgicCpu& cpu, VirtualIrq& irq, u32 intid) const {
    irq.latched = irq.latched || irq.held;
    if (irq.held && has_senders(intid)) {
        cpu.sgi_senders[intid] |= bit_of(cpu.sgi_in_list[intid]);
    }
}

/// The same sender's again, before the first was seen, is the same one.
void Vgic::merge_senders(VgicCpu& cpu, VirtualIrq& irq, u32 intid) const {
    u8& senders = cpu.sgi_senders[intid];
    senders &= static_cast<u8>(~(irq.held ? bit_of(cpu.sgi_in_list[intid]) : 0));
    irq.latched = senders != 0;
}

u64 Vgic::read_senders(VgicCpu& reader, u64 first, unsigned size) {
    u64 value = 0;
    for (unsigned i = 0; i < size; ++i) {
        const u64 intid = first + i;
        const VirtualIrq& irq = reader.private_irqs[intid];
        u8 senders = reader.sgi_senders[intid];
        if (irq.is_listed() && arch::read_list_register(irq.in_list).state == State::pending) {
            senders |= bit_of(reader.sgi_in_list[intid]);
        }
        value |= u64{senders} << (8 * i);
    }
    return value;
}

void Vgic::write_senders(VgicCpu& writer, u64 offset, unsigned size, u64 value) {
    const auto existing = static_cast<u8>((1u << cpus_.size()) - 1);
    for (unsigned i = 0; i < size; ++i) {
        const auto intid = static_cast<u32>(offset % sgi_count) + i;
        const auto named = static_cast<u8>((value >> (8 * i)) & existing);
        VirtualIrq& irq = writer.private_irqs[intid];
        u8& senders = writer.sgi_senders[intid];
        if (named == 0) {
            continue;
        }
        if (offset >= gic::spendsgir) {
            senders |= named;
        } else {
            senders &= static_cast<u8>(~named);
            irq.drop_pending = irq.in_list != VirtualIrq::no_list &&
                               (named & bit_of(writer.sgi_in_list[intid])) != 0;
        }
        irq.latched = senders != 0;
        reconsider(writer, irq, intid);
    }
}

}  // namespace isthmus::core
