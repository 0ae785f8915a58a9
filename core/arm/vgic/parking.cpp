// SPDX-License-Identifier: Apache-2.0
// Making room in the list registers. A pending interrupt goes back to the queue; an active one is
// parked, and the guest's end of it is then only a count (ICH_HCR_EL2.EOIcount): it belongs to the
// most urgent one parked, as that preempted the others.
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core {

using State = arch::ListRegister::State;

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
    keep_pending(cpu, irq, intid);
    const State last = arch::read_list_register(index).state;
    arch::clear_list_register(index);
    forget(cpu, irq, index, last);
    if (worst_pending >= 0) {
        queue(cpu, intid);
    } else {
        irq.active = Active::parked;
        ++cpu.parked_active;
    }
    return true;
}

/// The parked interrupt that the guest ends next: the most urgent one.
VirtualIrq* Vgic::innermost_parked(VgicCpu& cpu, u32& intid) {
    VirtualIrq* best = nullptr;
    for (u32 number = 0; number < private_count + spi_count(); ++number) {
        VirtualIrq& irq = *find(cpu, number);
        if (irq.active == Active::parked && irq.holder == cpu.index &&
            (best == nullptr || irq.priority < best->priority)) {
            best = &irq;
            intid = number;
        }
    }
    return best;
}

/// In no list register: it is not active any more, whether it was parked or the guest had made it
/// active.
void Vgic::unpark(VirtualIrq& irq, u32 intid) {
    const bool is_parked = irq.active == Active::parked;
    irq.active = Active::no;
    if (is_parked) {
        --cpus_[irq.holder].parked_active;
        hand_back(cpus_[irq.holder], irq, intid);
    }
}

/// The guest ended interrupts that are in no list register.
void Vgic::count_ends(VgicCpu& cpu) {
    if (cpu.parked_active == 0) {
        return;
    }
    for (unsigned ends = arch::take_end_count(); ends != 0 && cpu.parked_active != 0; --ends) {
        u32 intid = 0;
        VirtualIrq* ended = innermost_parked(cpu, intid);
        check(ended != nullptr, "a parked interrupt is lost");
        unpark(*ended, intid);
        offer(cpu, *ended, intid);
    }
}

}  // namespace isthmus::core
