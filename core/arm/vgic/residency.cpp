// SPDX-License-Identifier: Apache-2.0
// A vCPU comes to its CPU and leaves it. What the list registers held is kept in between, and any
// CPU may change it then; while the vCPU runs they are its CPU's alone.
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"

namespace isthmus::core {

/// The vCPU has something to look at: at once where it runs, or when it runs next. One that sleeps
/// is woken.
void Vgic::notify(VgicCpu& cpu) {
    cpu.is_to_look = true;
    // One that is about to sleep is still resident, and must not.
    const bool sleeps = cpu.waiting.exchange(0) != 0;
    if (cpu.resident || sleeps) {
        arch::kick(cpu.host_cpu);
    }
}

void Vgic::wake(VgicCpu& cpu) {
    if (cpu.waiting.exchange(0) != 0) {
        arch::kick(cpu.host_cpu);
    }
}

/// Another CPU runs it, and has what its list registers hold.
bool Vgic::is_elsewhere(const VgicCpu& cpu) const {
    return cpu.resident && !is_here(cpu);
}

// Of a vCPU that is not elsewhere.

arch::ListRegister Vgic::read_list(const VgicCpu& cpu, unsigned index) const {
    return cpu.resident ? arch::read_list_register(index) : cpu.lists[index];
}

void Vgic::write_list(VgicCpu& cpu, unsigned index, arch::ListRegister value) {
    if (cpu.resident) {
        arch::write_list_register(index, value);
    } else {
        cpu.lists[index] = value;
    }
}

void Vgic::clear_list(VgicCpu& cpu, unsigned index) {
    if (cpu.resident) {
        arch::clear_list_register(index);
    } else {
        cpu.lists[index] = {};
    }
}

void Vgic::enter(VgicCpu& cpu) {
    const LockGuard guard(lock_);
    cpu.resident = true;
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        const auto index = static_cast<unsigned>(__builtin_ctz(left));
        arch::write_list_register(index, cpu.lists[index]);
    }
    move_active_lines(cpu, true);
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
    move_active_lines(cpu, false);
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
