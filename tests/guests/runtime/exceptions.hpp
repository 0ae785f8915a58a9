// SPDX-License-Identifier: Apache-2.0
// Exceptions at EL1: interrupts go to handlers, an expected fault goes back to who expected it, and
// any other is reported and ends the guest.
#pragma once

#include <optional>

#include "isthmus/types.hpp"

namespace isthmus::guest {

/// As entry.S stores it.
struct ExceptionFrame {
    u64 x[31];
    u64 elr;
    u64 spsr;
    u64 padding;
};
static_assert(sizeof(ExceptionFrame) == 272);

struct Fault {
    u64 esr = 0;
    u64 far = 0;
    u64 elr = 0;

    /// ESR_EL1.EC (Arm ARM D19.2.37).
    u64 exception_class() const { return esr >> 26; }
};

inline constexpr u64 ec_unknown = 0x00;  ///< undefined instruction, or a register it may not touch
inline constexpr u64 ec_system_register = 0x18;
inline constexpr u64 ec_instruction_abort = 0x21;
inline constexpr u64 ec_data_abort = 0x25;

/// Callee-saved registers; entry.S knows the layout.
struct TrySlot {
    u64 registers[13]{};
};

inline constexpr u32 max_cpus = 16;

/// Reached through TPIDR_EL1.
struct PerCpu {
    u32 index = 0;
    TrySlot* slot = nullptr;  ///< where an expected fault continues
    Fault fault;
};

PerCpu& this_cpu();
/// Makes TPIDR_EL1 point at the CPU's block; the CPU itself calls it first of all.
void install_cpu(u32 index);

extern "C" u64 guest_try(void (*function)(void*), void* argument, TrySlot* slot);
extern "C" void guest_try_resume(TrySlot* slot);

/// Runs `action`; when it faults, tells how. Not to be nested.
template <class Action>
std::optional<Fault> catch_fault(Action&& action) {
    TrySlot slot{};
    PerCpu& cpu = this_cpu();
    auto* pointer = &action;
    cpu.slot = &slot;
    const u64 faulted = guest_try(
        [](void* argument) { (**static_cast<decltype(pointer)*>(argument))(); }, &pointer, &slot);
    cpu.slot = nullptr;
    return faulted != 0 ? std::optional<Fault>(cpu.fault) : std::nullopt;
}

/// Called at the IRQ vector with interrupts masked; nothing set: an interrupt is a fault.
using IrqHandler = void (*)();
void set_irq_handler(IrqHandler handler);

/// Asked first about every synchronous exception; true: the guest goes on with the frame as it is.
using SynchronousHandler = bool (*)(ExceptionFrame& frame, const Fault& fault);
void set_synchronous_handler(SynchronousHandler handler);

}  // namespace isthmus::guest
