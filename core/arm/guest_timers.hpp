// SPDX-License-Identifier: Apache-2.0
// A guest's two timers (Arm ARM D13.8). The virtual one is the machine's while its vCPU runs, and a
// soft timer that wakes the vCPU while it does not. The machine's physical timer is Isthmus's
// alone, so accesses to the guest's trap and a soft timer stands in: interrupt 30, level.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

struct PerCpu;
struct SoftTimer;
struct Vcpu;

inline constexpr u32 guest_virtual_timer = 27;   ///< PPI 11
inline constexpr u32 guest_physical_timer = 30;  ///< PPI 14

/// The virtual timer of the running vCPU expired. From the architecture, interrupts masked.
void on_virtual_timer(PerCpu& cpu);
/// The vCPU has left this CPU: until it is back its virtual timer is a soft one. The interrupt
/// itself comes from the machine's timer as soon as it runs again.
void keep_virtual_timer(Vcpu& vcpu);

/// CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTP_TVAL_EL0 of the running vCPU, whose access trapped.
enum class PhysicalTimerRegister : u8 { control, compare, countdown };
u64 read_physical_timer(Vcpu& vcpu, PhysicalTimerRegister which);
void write_physical_timer(Vcpu& vcpu, PhysicalTimerRegister which, u64 value);

/// SoftTimer::fire of Vcpu::physical_deadline and virtual_deadline; `vcpu` is the Vcpu.
void fire_physical_timer(SoftTimer& timer, void* vcpu);
void fire_virtual_timer(SoftTimer& timer, void* vcpu);

}  // namespace isthmus::core
