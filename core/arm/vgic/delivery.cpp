// SPDX-License-Identifier: Apache-2.0
// The short way of an interrupt: from a raise to a list register.
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"

namespace isthmus::core {
namespace {

/// The vCPUs that one write to ICC_SGI1R_EL1 names (Arm IHI 0069, 12.11.15).
struct SgiTargets {
    explicit SgiTargets(u64 value)
        : list(value & 0xffff),
          base((((value >> 48) & 0xff) << 32) | (((value >> 32) & 0xff) << 16) |
               (((value >> 16) & 0xff) << 8) | (((value >> 44) & 0xf) << 4)),
          all_but_self((value & (u64{1} << 40)) != 0) {}

    bool names(const VgicCpu& sender, const VgicCpu& cpu) const {
        if (all_but_self) {
            return &cpu != &sender;
        }
        return (cpu.mpidr & ~u32{0xf}) == base && ((list >> (cpu.mpidr & 0xf)) & 1) != 0;
    }

    u64 list;
    u64 base;
    bool all_but_self;
};

/// The list register names the machine's line while that is in hand: else its end would end what
/// the machine signals meanwhile. What it does not end there Isthmus ends at the maintenance
/// interrupt.
void write_pending(const VirtualIrq& irq, u32 intid, unsigned index) {
    arch::write_pending(index, intid, irq.in_hand ? irq.host_intid : u16{0}, irq.priority,
                        irq.group1, !irq.in_hand && (!irq.edge || irq.host_intid != 0));
}

}  // namespace

/// The common case, and the shortest: the list register that held the interrupt last time has been
/// emptied by the guest, and takes it again. `cpu` runs here. False: nothing has happened.
/// `is_line`: a level-sensitive line of the machine, which the guest's end has ended there, too;
/// else it is an SGI.
[[gnu::noinline]] bool Vgic::repeat_here(VgicCpu& cpu, VirtualIrq& irq, u32 intid, bool is_line) {
    const unsigned index = irq.in_list;
    const bool group_enabled = irq.group1 ? group1_enabled_ : group0_enabled_;
    if (index == VirtualIrq::no_list || irq.make_active || irq.holder != cpu.index || irq.latched ||
        !irq.enabled || !group_enabled || cpu.queued_words != 0 ||
        !arch::write_pending_if_empty(index, intid, irq.host_intid, irq.priority, irq.group1,
                                      false)) {
        return false;
    }
    irq.latched = false;  // it is, but the compiler then writes the whole byte
    irq.held = !is_line;
    irq.line = is_line;
    irq.in_hand = is_line;
    irq.active = Active::no;
    irq.drop_active = false;
    irq.drop_pending = false;
    ++cpu.counts.repeated;
    return true;
}

void Vgic::init(std::span<VgicCpu> cpus, std::span<VirtualIrq> spis, u8 version) {
    version2_ = version == 2;
    cpus_ = cpus;
    spis_ = spis;
    list_mask_ = (u32{1} << arch::list_register_count()) - 1;
    const LockGuard guard(lock_);
    spi_targets_.fill(1);  // the first vCPU
    for (VirtualIrq& irq : spis_) {
        irq.group1 = !version2_;
    }
    for (VgicCpu& cpu : cpus_) {
        reset_locked(cpu);
    }
}

VirtualIrq* Vgic::find(VgicCpu& cpu, u32 intid) {
    if (intid < private_count) {
        return &cpu.private_irqs[intid];
    }
    const u32 spi = intid - private_count;
    return spi < spis_.size() ? &spis_[spi] : nullptr;
}

VgicCpu* Vgic::target_of(VgicCpu& cpu, const VirtualIrq& irq, u32 intid) {
    if (intid < private_count) {
        return &cpu;
    }
    return irq.target < cpus_.size() ? &cpus_[irq.target] : nullptr;
}

bool Vgic::wanted(const VirtualIrq& irq) const {
    return irq.enabled && irq.is_pending() && irq.active == Active::no &&
           (irq.group1 ? group1_enabled_ : group0_enabled_);
}

bool Vgic::is_here(const VgicCpu& cpu) const {
    return cpu.resident && cpu.host_cpu == arch::cpu_index();
}

void Vgic::raise_private(VgicCpu& cpu, u32 intid) {
    const LockGuard guard(lock_);
    VirtualIrq& irq = cpu.private_irqs[intid];
    if (irq.host_intid != 0) {
        take_in_hand(irq);
    } else {
        irq.latched = true;
    }
    deliver(cpu, irq, intid);
}

void Vgic::raise_shared(u32 intid) {
    const LockGuard guard(lock_);
    VirtualIrq& irq = spis_[intid - private_count];
    if (irq.latched) {
        return;  // who has to know was told, or is told when the guest wants it
    }
    irq.latched = true;
    if (!raise_again_elsewhere(irq, intid) && irq.target < cpus_.size()) {
        deliver(cpus_[irq.target], irq, intid);
    }
}

/// The way between two guests that ring each other: the interrupt has been there before, and the
/// vCPU runs. Its CPU will find the list register empty, as a rule.
bool Vgic::raise_again_elsewhere(const VirtualIrq& irq, u32 intid) {
    if (!irq.is_listed() || irq.holder != irq.target) {
        return false;
    }
    VgicCpu& holder = cpus_[irq.holder];
    if (!is_elsewhere(holder)) {
        return false;
    }
    holder.is_to_look = holder.is_to_look || holder.raised_again != 0;  // two at a time
    holder.raised_again = static_cast<u16>(intid);
    arch::kick(holder.host_cpu);
    return true;
}

void Vgic::take_kick(VgicCpu& cpu) {
    const LockGuard guard(lock_);
    if (cpu.is_to_look || !repeat_raised(cpu)) {
        refresh_locked(cpu);
    }
}

/// False: more has to be looked at, and nothing has happened.
bool Vgic::repeat_raised(VgicCpu& cpu) {
    if (cpu.raised_again == 0) {
        return false;
    }
    const u32 intid = cpu.raised_again;
    VirtualIrq& irq = spis_[intid - private_count];
    if (!irq.latched || irq.target != cpu.index) {
        return false;
    }
    irq.latched = false;
    if (!repeat_here(cpu, irq, intid, false)) {
        irq.latched = true;
        return false;
    }
    cpu.raised_again = 0;
    return true;
}

void Vgic::set_line(u32 intid, bool level) {
    set_private_line(cpus_[0], intid, level);
}

void Vgic::set_private_line(VgicCpu& cpu, u32 intid, bool level) {
    const LockGuard guard(lock_);
    VirtualIrq* irq = find(cpu, intid);
    if (irq == nullptr || irq->line == level) {
        return;
    }
    irq->line = level;
    irq->latched = irq->latched || (level && irq->edge);
    VgicCpu* target = target_of(cpu, *irq, intid);
    if (target == nullptr) {
        return;
    }
    if (level) {
        deliver(*target, *irq, intid);
    } else {
        reconsider(*target, *irq, intid);
    }
}

void Vgic::send_sgi(VgicCpu& sender, u64 value) {
    const u32 intid = (value >> 24) & 0xf;
    const SgiTargets targets(value);
    const LockGuard guard(lock_);
    for (VgicCpu& cpu : cpus_) {
        if (!targets.names(sender, cpu)) {
            continue;
        }
        VirtualIrq& irq = cpu.private_irqs[intid];
        if (&cpu != &sender || !repeat_here(cpu, irq, intid, false)) {
            irq.latched = true;
            deliver(cpu, irq, intid);
        }
    }
}

void Vgic::connect(VgicCpu& cpu, u32 intid, u32 host_intid) {
    const LockGuard guard(lock_);
    if (VirtualIrq* irq = find(cpu, intid)) {
        irq->host_intid = static_cast<u16>(host_intid);
        cpu.machine_lines |= intid < private_count ? u32{1} << intid : 0;
    }
}

void Vgic::connect_shared(u32 intid, u32 host_intid, bool edge) {
    const LockGuard guard(lock_);
    if (VirtualIrq* irq = find(cpus_[0], intid)) {
        irq->host_intid = static_cast<u16>(host_intid);
        irq->edge = edge;
    }
}

void Vgic::raise_line_here(VgicCpu& cpu, u32 intid) {
    bool is_done = false;
    {
        const LockGuard guard(lock_);
        is_done = repeat_here(cpu, cpu.private_irqs[intid], intid, true);
    }
    if (!is_done) {
        raise_private(cpu, intid);
    }
}

/// `cpu` is the vCPU that shall get it. Nothing happens when the interrupt is not wanted now; it
/// stays latched, and the register write that makes it wanted comes here again.
void Vgic::deliver(VgicCpu& cpu, VirtualIrq& irq, u32 intid) {
    if (irq.in_list != VirtualIrq::no_list) {
        if (try_held(irq)) {
            return;
        }
    }
    if (!wanted(irq)) {
        return;
    }
    if (!is_here(cpu)) {
        queue(cpu, intid);
        notify(cpu);
        return;
    }
    if (!place(cpu, irq, intid)) {
        queue(cpu, intid);
    }
    if (cpu.queued_words != 0) [[unlikely]] {
        refresh_locked(cpu);
    }
}

/// The interrupt is, or was, in a list register. True: nothing is left to do here.
bool Vgic::try_held(VirtualIrq& irq) {
    VgicCpu& holder = cpus_[irq.holder];
    if (!is_here(holder)) {
        look_again(irq);
        return irq.is_listed();
    }
    const unsigned index = irq.in_list;
    if ((arch::empty_list_registers() & (u32{1} << index)) != 0) [[likely]] {
        forget(holder, irq, index, ListState::inactive);
        return false;
    }
    fold_one(holder, index);
    return irq.in_list != VirtualIrq::no_list;
}

/// False when every list register is taken.
bool Vgic::place(VgicCpu& cpu, VirtualIrq& irq, u32 intid) {
    if ((~cpu.used & list_mask_) == 0 && !reclaim(cpu)) {
        return false;
    }
    const auto index = static_cast<unsigned>(__builtin_ctz(~cpu.used & list_mask_));
    cpu.used |= u32{1} << index;
    cpu.intid_of[index] = static_cast<u16>(intid);
    irq.in_list = static_cast<u8>(index);
    irq.holder = static_cast<u8>(cpu.index);
    if (has_senders(intid)) [[unlikely]] {
        write_pending_sgi(cpu, irq, intid, index);
        return true;
    }
    irq.held = irq.latched;
    irq.latched = false;
    ++cpu.counts.placed;
    write_pending(irq, intid, index);
    return true;
}

/// Finds list registers that the guest has emptied. False when there is none.
bool Vgic::reclaim(VgicCpu& cpu) {
    u32 empty = arch::empty_list_registers() & cpu.used;
    const bool found = empty != 0;
    while (empty != 0) {
        release(cpu, static_cast<unsigned>(__builtin_ctz(empty)), ListState::inactive);
        empty &= empty - 1;
    }
    return found;
}

/// The list register holds nothing any more; `last` is the state that was seen there last. When
/// that is inactive the guest has ended the interrupt, and with it the machine's.
void Vgic::forget(VgicCpu& cpu, VirtualIrq& irq, unsigned index, ListState last) {
    cpu.counts.left_list(is_pending(last));
    cpu.used &= ~(u32{1} << index);
    irq.in_list = VirtualIrq::no_list;
    if (last == ListState::inactive && irq.host_intid != 0 && !irq.again) {
        irq.in_hand = false;
        irq.line = irq.line && irq.edge;
    }
    irq.again = false;
    irq.active = irq.make_active ? Active::by_register : Active::no;  // after it had ended it
    irq.held = false;
    irq.drop_active = false;
    irq.drop_pending = false;
    irq.make_active = false;
}

/// The guest has ended what was in this list register. A line that is still up asks again.
void Vgic::release(VgicCpu& cpu, unsigned index, ListState last) {
    const u32 intid = cpu.intid_of[index];
    VirtualIrq& irq = *find(cpu, intid);
    forget(cpu, irq, index, last);
    hand_back_unused(cpu, irq, intid);
    offer(cpu, irq, intid);
}

/// In no list register: it queues for its target, if it is wanted. `cpu` is looking itself.
void Vgic::offer(VgicCpu& cpu, const VirtualIrq& irq, u32 intid) {
    VgicCpu* target = target_of(cpu, irq, intid);
    if (target != nullptr && wanted(irq)) {
        queue(*target, intid);
        if (target != &cpu) {
            notify(*target);
        }
    }
}

void Vgic::queue(VgicCpu& cpu, u32 intid) {
    cpu.queued[intid / 64] |= u64{1} << (intid % 64);
    cpu.queued_words |= u32{1} << (intid / 64);
}

void Vgic::unqueue(VgicCpu& cpu, u32 intid) {
    u64& word = cpu.queued[intid / 64];
    word &= ~(u64{1} << (intid % 64));
    if (word == 0) {
        cpu.queued_words &= ~(u32{1} << (intid / 64));
    }
}

}  // namespace isthmus::core
