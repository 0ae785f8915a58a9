// SPDX-License-Identifier: Apache-2.0
// The long way: taking stock of the list registers of the vCPU that runs here, and filling them
// when more is pending than fits (Arm IHI 0069, 6.3 and 6.4).
#include "core/vgic/vgic.hpp"

namespace isthmus::core {

using State = arch::ListRegister::State;

void Vgic::refresh(VgicCpu& cpu) {
    const LockGuard guard(lock_);
    refresh_locked(cpu);
}

void Vgic::refresh_locked(VgicCpu& cpu) {
    if (!is_here(cpu)) {
        return;
    }
    fold(cpu);
    count_ends(cpu);
    fill(cpu);
    arch::set_maintenance({
        .underflow = false,
        .no_pending = cpu.queued_words != 0,
        .end_not_present = cpu.parked_active != 0,
    });
}

/// Brings what the list registers say into the interrupts' own state.
void Vgic::fold(VgicCpu& cpu) {
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        fold_one(cpu, static_cast<unsigned>(__builtin_ctz(left)));
    }
}

void Vgic::fold_one(VgicCpu& cpu, unsigned index) {
    const u32 intid = cpu.intid_of[index];
    arch::ListRegister value = arch::read_list_register(index);
    if (value.state == State::inactive) {
        release(cpu, index);
        return;
    }
    VirtualIrq& irq = *find(cpu, intid);
    if (value.state == State::pending) {
        irq.active = false;
        irq.drop_active = false;
        fold_pending(cpu, index, irq, intid);
        return;
    }
    irq.active = true;
    if (irq.drop_active) {
        if (irq.host_intid != 0) {
            arch::deactivate_interrupt(irq.host_intid);
        }
        irq.latched = irq.latched || value.state == State::pending_and_active;
        arch::clear_list_register(index);
        release(cpu, index);
        return;
    }
    if (value.state == State::pending_and_active && irq.drop_pending) {
        value.state = State::active;
        arch::write_list_register(index, value);
    } else if (value.state == State::active && irq.latched && irq.host_intid == 0) {
        // A further edge while it is handled: the list register has a state for that. A line of
        // the machine has none, and cannot fire again before it is ended.
        irq.latched = false;
        value.state = State::pending_and_active;
        arch::write_list_register(index, value);
    }
    irq.drop_pending = false;
}

/// Pending in a list register, not yet seen by the guest: it may be taken back.
void Vgic::fold_pending(VgicCpu& cpu, unsigned index, VirtualIrq& irq, u32 intid) {
    const bool group_enabled = irq.group1 ? group1_enabled_ : group0_enabled_;
    const bool line_fell = !irq.edge && irq.host_intid == 0 && !irq.is_pending();
    if (irq.drop_pending || line_fell) {
        irq.drop_pending = false;
        arch::clear_list_register(index);
        retract(cpu, index, irq);
        irq.latched = false;
        if (irq.host_intid != 0) {
            arch::deactivate_interrupt(irq.host_intid);
        }
        return;
    }
    VgicCpu* target = target_of(cpu, irq, intid);
    if (irq.enabled && group_enabled && target == &cpu) {
        if (irq.edge || irq.host_intid != 0) {
            irq.latched = false;  // a further edge before the first was seen is the same one
        }
        return;
    }
    arch::clear_list_register(index);
    retract(cpu, index, irq);
    if (target != nullptr && target != &cpu && wanted(irq)) {
        queue(*target, intid);
        arch::kick(target->host_cpu);
    }
}

/// Pending again outside the list registers. Where only the line made it pending, the line still
/// says so; all else has to be remembered.
void Vgic::retract(VgicCpu& cpu, unsigned index, VirtualIrq& irq) {
    cpu.used &= ~(u32{1} << index);
    irq.in_list = VirtualIrq::no_list;
    irq.latched = irq.edge || irq.host_intid != 0 || !irq.line;
}

/// The guest ended interrupts that are in no list register: always the most urgent active ones.
void Vgic::count_ends(VgicCpu& cpu) {
    if (cpu.parked_active == 0) {
        return;
    }
    for (unsigned ends = arch::take_end_count(); ends != 0 && cpu.parked_active != 0; --ends) {
        VirtualIrq* ended = nullptr;
        u32 ended_intid = 0;
        for (u32 intid = 0; intid < private_count + spi_count(); ++intid) {
            VirtualIrq& irq = *find(cpu, intid);
            const bool parked = irq.active && irq.in_list == VirtualIrq::no_list &&
                                target_of(cpu, irq, intid) == &cpu;
            if (parked && (ended == nullptr || irq.priority < ended->priority)) {
                ended = &irq;
                ended_intid = intid;
            }
        }
        if (ended == nullptr) {
            cpu.parked_active = 0;
            return;
        }
        ended->active = false;
        --cpu.parked_active;
        if (ended->host_intid != 0) {
            arch::deactivate_interrupt(ended->host_intid);
        }
        if (wanted(*ended)) {
            queue(cpu, ended_intid);
        }
    }
}

/// The queued interrupt of lowest priority value, or -1. Those not wanted any more leave the queue.
int Vgic::most_urgent(VgicCpu& cpu) {
    int best = -1;
    u8 best_priority = 0xff;
    for (u32 words = cpu.queued_words; words != 0; words &= words - 1) {
        const auto word = static_cast<u32>(__builtin_ctz(words));
        for (u64 bits = cpu.queued[word]; bits != 0; bits &= bits - 1) {
            const u32 intid = word * 64 + static_cast<u32>(__builtin_ctzll(bits));
            VirtualIrq& irq = *find(cpu, intid);
            if (irq.in_list != VirtualIrq::no_list || !wanted(irq) ||
                target_of(cpu, irq, intid) != &cpu) {
                unqueue(cpu, intid);
            } else if (best < 0 || irq.priority < best_priority) {
                best = static_cast<int>(intid);
                best_priority = irq.priority;
            }
        }
    }
    return best;
}

void Vgic::fill(VgicCpu& cpu) {
    for (int next = most_urgent(cpu); next >= 0; next = most_urgent(cpu)) {
        const auto intid = static_cast<u32>(next);
        VirtualIrq& irq = *find(cpu, intid);
        if (!place(cpu, irq, intid)) {
            if (!evict_for(cpu, irq.priority) || !place(cpu, irq, intid)) {
                return;
            }
        }
        unqueue(cpu, intid);
    }
}

/// Frees a list register for an interrupt of this priority: the least urgent pending one makes room
/// if it is less urgent; when all are active, the least urgent of those is parked.
bool Vgic::evict_for(VgicCpu& cpu, u8 priority) {
    int worst_pending = -1;
    int worst_active = -1;
    u8 pending_priority = 0;
    u8 active_priority = 0;
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        const int index = __builtin_ctz(left);
        const arch::ListRegister value = arch::read_list_register(static_cast<unsigned>(index));
        if (value.state == State::pending) {
            if (worst_pending < 0 || value.priority >= pending_priority) {
                worst_pending = index;
                pending_priority = value.priority;
            }
        } else if (worst_active < 0 || value.priority >= active_priority) {
            worst_active = index;
            active_priority = value.priority;
        }
    }
    if (worst_pending >= 0 && pending_priority <= priority) {
        return false;  // what is in is at least as urgent; the maintenance interrupt comes back
    }
    const auto index = static_cast<unsigned>(worst_pending >= 0 ? worst_pending : worst_active);
    const u32 intid = cpu.intid_of[index];
    VirtualIrq& irq = *find(cpu, intid);
    const arch::ListRegister value = arch::read_list_register(index);
    arch::clear_list_register(index);
    retract(cpu, index, irq);
    if (worst_pending >= 0) {
        queue(cpu, intid);
    } else {
        irq.active = true;
        irq.latched = value.state == State::pending_and_active;
        ++cpu.parked_active;
    }
    return true;
}

void Vgic::reset(VgicCpu& cpu) {
    const LockGuard guard(lock_);
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        const auto index = static_cast<unsigned>(__builtin_ctz(left));
        if (is_here(cpu)) {
            arch::clear_list_register(index);
        }
        release(cpu, index);
    }
    cpu.parked_active = 0;
    cpu.asleep = true;
    for (u32 intid = 0; intid < private_count; ++intid) {
        VirtualIrq& irq = cpu.private_irqs[intid];
        const u16 host_intid = irq.host_intid;
        if (host_intid != 0 && (irq.latched || irq.active)) {
            arch::deactivate_interrupt(host_intid);
        }
        irq = VirtualIrq{};
        irq.host_intid = host_intid;
        irq.edge = intid < sgi_count;
        irq.enabled = intid < sgi_count;
        irq.group1 = true;
        unqueue(cpu, intid);
    }
}

void Vgic::set_resident(VgicCpu& cpu, bool resident) {
    const LockGuard guard(lock_);
    cpu.resident = resident;
}

void Vgic::reconsider(VgicCpu& cpu, VirtualIrq& irq, u32 intid) {
    if (irq.in_list != VirtualIrq::no_list) {
        VgicCpu& holder = cpus_[irq.holder];
        if (is_here(holder)) {
            fold_one(holder, irq.in_list);
        } else {
            arch::kick(holder.host_cpu);
        }
    }
    if (irq.in_list == VirtualIrq::no_list) {
        deliver(cpu, irq, intid);
    }
}

void Vgic::redeliver_all() {
    for (VgicCpu& cpu : cpus_) {
        for (u32 intid = 0; intid < private_count; ++intid) {
            reconsider(cpu, cpu.private_irqs[intid], intid);
        }
    }
    for (u32 spi = 0; spi < spi_count(); ++spi) {
        const u32 intid = private_count + spi;
        if (VgicCpu* target = target_of(cpus_[0], spis_[spi], intid)) {
            reconsider(*target, spis_[spi], intid);
        }
    }
}

}  // namespace isthmus::core
