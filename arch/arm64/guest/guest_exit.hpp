// SPDX-License-Identifier: Apache-2.0
// What vectors.S calls when a guest has been left: on the CPU concerned, interrupts masked. Two of
// each: the second is for CPUs with a flight recorder (core/run/flight_recorder.hpp).
#pragma once

#include "arch/arm64/cpu/saved_registers.hpp"
#include "isthmus/types.hpp"

extern "C" {
/// Short path; 0: not handled, do it again with all registers saved.
isthmus::u64 isthmus_guest_hvc(isthmus::arch::GuestRegisters* registers, isthmus::u64 esr);
isthmus::u64 isthmus_recorded_hvc(isthmus::arch::GuestRegisters* registers, isthmus::u64 esr);
/// Short path; 0: the guest is not to continue.
isthmus::u64 isthmus_guest_irq();
isthmus::u64 isthmus_recorded_irq();
void isthmus_guest_sync(isthmus::arch::GuestRegisters* registers, isthmus::u64 esr);
void isthmus_recorded_sync(isthmus::arch::GuestRegisters* registers, isthmus::u64 esr);
void isthmus_guest_serror(isthmus::arch::GuestRegisters* registers);
void isthmus_recorded_serror(isthmus::arch::GuestRegisters* registers);
[[noreturn]] void isthmus_guest_leave(isthmus::arch::GuestRegisters* registers);
}
