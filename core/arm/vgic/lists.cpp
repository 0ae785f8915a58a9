// SPDX-License-Identifier: Apache-2.0
// The long way: taking stock of the list registers of the vCPU that runs here, and filling them
// when more is pending than fits (Arm IHI 0069, 6.3 and 6.4).
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "isthmus/panic.hpp"

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
    cpu.raised_again = 0;
    cpu.is_to_look = false;
    fold(cpu);
    count_ends(cpu);
    look_at_machine_lines(cpu);
    fill(cpu);
    arch::set_maintenance({
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

/// Brings one list register of a vCPU that is not elsewhere, the interrupt's own state, and what
/// was asked of its holder together.
void Vgic::fold_one(VgicCpu& cpu, unsigned index) {
    const u32 intid = cpu.intid_of[index];
    VirtualIrq& irq = *find(cpu, intid);
    const arch::ListRegister value = read_list(cpu, index);
    if (value.state == State::inactive) {
        if (value.end_signal) {
            clear_list(cpu, index);  // it would signal for as long as it stands there
        }
        if (value.host_intid == 0) {
            hand_back(cpu, irq, intid);  // it ended nothing there: see below
        }
        release(cpu, index, value.state);
        return;
    }
    if (value.state == State::pending) {
        look_at_line(cpu, irq, intid);
    }
    irq.held = irq.held && value.state != State::active && !irq.drop_pending;
    irq.active = value.state != State::pending && !irq.drop_active ? Active::listed : Active::no;
    if (irq.make_active && value.state == State::pending) {
        keep_pending(cpu, irq, intid);
        clear_list(cpu, index);
        forget(cpu, irq, index, value.state);
        hand_back_unused(cpu, irq, intid);
        return;
    }
    if (irq.drop_active && value.state != State::pending) {
        hand_back(cpu, irq, intid);
    }
    irq.drop_pending = false;
    irq.drop_active = false;
    irq.make_active = false;
    const bool pending = stays_pending(cpu, irq, intid);
    if (!pending && irq.active == Active::no) {
        clear_list(cpu, index);
        forget(cpu, irq, index, value.state);
        hand_back_unused(cpu, irq, intid);
        offer(cpu, irq, intid);
        return;
    }
    rewrite(cpu, irq, index, value, pending);
}

/// The list register, which held `value`, goes on holding the interrupt.
void Vgic::rewrite(VgicCpu& cpu, const VirtualIrq& irq, unsigned index, arch::ListRegister value,
                   bool pending) {
    const State state = irq.active == Active::no ? State::pending
                        : pending                ? State::pending_and_active
                                                 : State::active;
    // A list register that ends the machine's interrupt, too, has no state "pending and active",
    // and does not tell its end: when something waits for that, we end it in the machine.
    const bool is_waited_for = irq.active != Active::no && (pending || irq.latched);
    const u16 host_intid = is_waited_for || !irq.in_hand ? u16{0} : irq.host_intid;
    // What is pending elsewhere by now has to wait for the end here.
    const bool end_signal = host_intid == 0 && (!irq.edge || irq.latched || irq.host_intid != 0);
    if (state != value.state || end_signal != value.end_signal || host_intid != value.host_intid) {
        cpu.counts.changed_list(is_pending(value.state), is_pending(state));
        value.state = state;
        value.end_signal = end_signal;
        value.host_intid = host_intid;
        write_list(cpu, index, value);
    }
}

/// Whether the list register shows the interrupt as pending from now on. What may not be shown
/// there is latched, and so is pending outside of it.
bool Vgic::stays_pending(VgicCpu& cpu, VirtualIrq& irq, u32 intid) const {
    const bool group_enabled = irq.group1 ? group1_enabled_ : group0_enabled_;
    const bool routed_here = intid < private_count || irq.target == cpu.index;
    if (!irq.enabled || !group_enabled || !routed_here) {
        keep_pending(cpu, irq, intid);
        irq.held = false;
        return false;
    }
    if (has_senders(intid)) [[unlikely]] {
        merge_senders(cpu, irq, intid);
        return irq.held;
    }
    irq.held = irq.held || irq.latched;  // a further edge before the first was seen is the same one
    irq.latched = false;
    return irq.held || (irq.line && !irq.edge && irq.active == Active::no);
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

/// Empties the list registers: what is active ends, in the machine, too; what is pending is pending
/// outside.
void Vgic::drop_lists(VgicCpu& cpu) {
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        const auto index = static_cast<unsigned>(__builtin_ctz(left));
        const u32 intid = cpu.intid_of[index];
        VirtualIrq& irq = *find(cpu, intid);
        const arch::ListRegister value = read_list(cpu, index);
        const State state = value.state;
        clear_list(cpu, index);
        irq.held = irq.held && !irq.drop_pending && is_pending(state);
        irq.make_active = irq.make_active && !is_active(state);
        keep_pending(cpu, irq, intid);
        if (is_active(state) || (state == State::inactive && value.host_intid == 0)) {
            hand_back(cpu, irq, intid);
        }
        forget(cpu, irq, index, state);
        hand_back_unused(cpu, irq, intid);
        offer(cpu, irq, intid);
    }
    while (cpu.parked_active != 0) {
        u32 intid = 0;
        VirtualIrq* parked = innermost_parked(cpu, intid);
        check(parked != nullptr, "a parked interrupt is lost");
        unpark(*parked, intid);
        offer(cpu, *parked, intid);
    }
}

void Vgic::reset(VgicCpu& cpu) {
    const LockGuard guard(lock_);
    reset_locked(cpu);
}

void Vgic::reset_locked(VgicCpu& cpu) {
    drop_lists(cpu);
    cpu.asleep = true;
    cpu.waiting.store(0);
    for (u32 intid = 0; intid < private_count; ++intid) {
        VirtualIrq& irq = cpu.private_irqs[intid];
        const u16 host_intid = irq.host_intid;
        hand_back(cpu, irq, intid);
        irq = VirtualIrq{};
        irq.host_intid = host_intid;
        irq.edge = intid < sgi_count;
        irq.enabled = intid < sgi_count;
        irq.group1 = !version2_;
        unqueue(cpu, intid);
    }
    cpu.sgi_senders = {};
}

void Vgic::reset_all() {
    const LockGuard guard(lock_);
    for (VgicCpu& cpu : cpus_) {
        reset_locked(cpu);
        cpu.queued = {};
        cpu.queued_words = 0;
        cpu.raised_again = 0;
        cpu.is_to_look = false;
    }
    for (u32 spi = 0; spi < spi_count(); ++spi) {
        VirtualIrq& irq = spis_[spi];
        const u16 host_intid = irq.host_intid;
        hand_back(cpus_[0], irq, private_count + spi);
        irq = VirtualIrq{};
        irq.host_intid = host_intid;
        irq.group1 = !version2_;
    }
    spi_targets_.fill(1);
    group0_enabled_ = false;
    group1_enabled_ = false;
}

void Vgic::look_again(VirtualIrq& irq) {
    if (irq.in_list != VirtualIrq::no_list) {
        VgicCpu& holder = cpus_[irq.holder];
        if (is_elsewhere(holder)) {
            notify(holder);
        } else {
            fold_one(holder, irq.in_list);
            if (!holder.resident && irq.is_listed() &&
                is_pending(read_list(holder, irq.in_list).state)) {
                notify(holder);  // it may sleep
            }
        }
    }
}

void Vgic::reconsider(VgicCpu& cpu, VirtualIrq& irq, u32 intid) {
    look_at_line(cpu, irq, intid);
    look_again(irq);
    if (irq.in_list == VirtualIrq::no_list) {
        hand_back_unused(cpu, irq, intid);
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
