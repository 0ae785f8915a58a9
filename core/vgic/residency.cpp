// SPDX-License-Identifier: Apache-2.0
// A vCPU comes to its CPU and leaves it. What the list registers held is kept in between; to the
// other CPUs it is then as far away as a vCPU that runs elsewhere.
#include "core/vgic/vgic.hpp"

namespace isthmus::core {

/// The vCPU has something to look at: at once where it runs, or when it runs next. One that sleeps
/// is woken.
void Vgic::notify(VgicCpu& cpu) {
    if (cpu.resident || cpu.waiting.exchange(0) != 0) {
        arch::kick(cpu.host_cpu);
    }
}

/// The machine keeps one active state of a private line a CPU, and each vCPU has its own.
void Vgic::move_host_active(VgicCpu& cpu, bool here) {
    for (u32 intid = sgi_count; intid < private_count; ++intid) {
        const VirtualIrq& irq = cpu.private_irqs[intid];
        if (irq.host_intid != 0 && (irq.in_list != VirtualIrq::no_list || irq.latched)) {
            arch::set_private_active(irq.host_intid, here);
        }
    }
}

void Vgic::enter(VgicCpu& cpu) {
    const LockGuard guard(lock_);
    cpu.resident = true;
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        const auto index = static_cast<unsigned>(__builtin_ctz(left));
        arch::write_list_register(index, cpu.lists[index]);
    }
    move_host_active(cpu, true);
    refresh_locked(cpu);
}

void Vgic::leave(VgicCpu& cpu) {
    const LockGuard guard(lock_);
    refresh_locked(cpu);
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        const auto index = static_cast<unsigned>(__builtin_ctz(left));
        cpu.lists[index] = arch::read_list_register(index);
        arch::clear_list_register(index);
    }
    move_host_active(cpu, false);
    cpu.resident = false;
}

bool Vgic::has_pending(const VgicCpu& cpu) const {
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        const auto index = static_cast<unsigned>(__builtin_ctz(left));
        if (is_pending(arch::read_list_register(index).state)) {
            return true;
        }
    }
    return cpu.queued_words != 0;
}

bool Vgic::wait(VgicCpu& cpu) {
    const LockGuard guard(lock_);
    refresh_locked(cpu);
    if (has_pending(cpu)) {
        return false;
    }
    cpu.waiting.store(1);
    return true;
}

}  // namespace isthmus::core
