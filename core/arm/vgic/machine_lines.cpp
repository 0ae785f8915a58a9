// SPDX-License-Identifier: Apache-2.0
// Lines of the machine that belong to the guest, and who has their active state. While the machine
// has a line active it does not signal it again, so each is `in_hand` for exactly as long as there
// is something that the guest will end or take. A private line's state is one a CPU, and each vCPU
// has its own: it is written only by the CPU that runs the vCPU, and goes in and out with that.
// What another CPU asks for waits until the vCPU's own looks. docs/vgic.md has the picture.
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"

namespace isthmus::core {

/// The machine signalled it. When the list register of another CPU still counts as holding it, the
/// guest has ended it there unseen: else the machine would not have signalled.
void Vgic::take_in_hand(VirtualIrq& irq) {
    if (irq.is_listed()) {
        const VgicCpu& holder = cpus_[irq.holder];
        if (!is_here(holder)) {
            irq.again = irq.in_hand;
        } else if ((arch::empty_list_registers() & (u32{1} << irq.in_list)) != 0) {
            forget(cpus_[irq.holder], irq, irq.in_list, ListState::inactive);
        }
    }
    irq.in_hand = true;
    if (irq.edge) {
        irq.latched = true;
    } else {
        irq.line = true;
    }
}

void Vgic::raise_host(u32 intid) {
    const LockGuard guard(lock_);
    VirtualIrq* irq = find(cpus_[0], intid);
    if (irq == nullptr) {
        return;
    }
    take_in_hand(*irq);
    if (VgicCpu* target = target_of(cpus_[0], *irq, intid)) {
        deliver(*target, *irq, intid);
    }
}

/// It is a private line of a vCPU that another CPU runs, or none.
bool Vgic::is_out_of_reach(const VgicCpu& owner, u32 intid) const {
    return intid < private_count && !is_here(owner);
}

/// A level-sensitive line may have fallen since it was signalled, or risen while it was in hand:
/// the guest has its device, and no exit tells. While the vCPU does not run its timer stands still,
/// so what was seen last holds.
void Vgic::look_at_line(const VgicCpu& owner, VirtualIrq& irq, u32 intid) const {
    if (irq.in_hand && !irq.edge && !is_out_of_reach(owner, intid)) {
        irq.line = arch::is_line_up(irq.host_intid);
    }
}

/// The active state ends, in the machine, too, which signals a line again that is still up.
/// `owner` has the private ones.
void Vgic::hand_back(VgicCpu& owner, VirtualIrq& irq, u32 intid) {
    if (!irq.in_hand) {
        return;
    }
    irq.line = irq.line && irq.edge;
    if (!is_out_of_reach(owner, intid)) {
        irq.in_hand = false;
        arch::deactivate_interrupt(irq.host_intid);
    } else if (owner.resident) {
        notify(owner);  // its CPU finds that there is no use for it
    } else {
        irq.in_hand = false;  // the machine's went when the vCPU left
    }
}

void Vgic::hand_back_unused(VgicCpu& owner, VirtualIrq& irq, u32 intid) {
    if (irq.in_hand && !irq.has_use_for_line()) {
        hand_back(owner, irq, intid);
    }
}

/// `cpu` runs here: what its private lines' state says is what the machine's says.
void Vgic::look_at_machine_lines(VgicCpu& cpu) {
    for (u32 left = cpu.machine_lines; left != 0; left &= left - 1) {
        const auto intid = static_cast<u32>(__builtin_ctz(left));
        VirtualIrq& irq = cpu.private_irqs[intid];
        if (!irq.is_listed()) {  // else it was looked at with its list register
            look_at_line(cpu, irq, intid);
            hand_back_unused(cpu, irq, intid);
            offer(cpu, irq, intid);
        }
    }
}

/// The vCPU comes to, or leaves, the calling CPU.
void Vgic::move_active_lines(const VgicCpu& cpu, bool here) const {
    for (u32 left = cpu.machine_lines; left != 0; left &= left - 1) {
        const VirtualIrq& irq = cpu.private_irqs[static_cast<u32>(__builtin_ctz(left))];
        if (irq.in_hand) {
            arch::set_private_active(irq.host_intid, here);
        }
    }
}

}  // namespace isthmus::core
