// SPDX-License-Identifier: Apache-2.0
// What the interrupt tests share: the controller, what came in on each CPU, and the second CPU.
#pragma once

#include <string_view>

#include "runtime/gic.hpp"

namespace isthmus::guest::gictest {

inline constexpr u32 first_spi = 40;  // a guest has 32 of them or more, and no device on these
inline constexpr u8 usual_priority = 0x80;
inline constexpr u32 log_size = 128;

/// What a CPU's handler saw, in order: as acknowledged, so with the sender of an SGI (GICv2).
struct Recorder {
    volatile u32 taken[log_size]{};
    volatile u32 count = 0;

    u32 intid(u32 index) const { return taken[index] & 0x3ff; }
    u32 sender(u32 index) const { return taken[index] >> 10 & 7; }
};

extern Gic gic;
extern Recorder seen;           ///< of the first CPU
extern Recorder seen_by_other;  ///< of the second

void handle_interrupt();
/// Masks interrupts, forgets what was seen, enables all SGIs at the usual priority.
void begin();
/// Lets pending interrupts in: until `count` were seen, or for a millisecond when it is 0.
void let_in(u32 count);
bool saw_only(u32 intid);
/// An edge-triggered shared interrupt of the usual priority for this CPU, enabled.
void prepare_spi(u32 intid);
/// Acknowledges without a handler, which needs interrupts masked. This one is the first to come;
/// what another CPU has a hand in takes its time.
bool takes(u32 intid);
/// None is there now.
bool takes_none();
/// Makes the UART's line go down; up to then it interrupts again and again.
void quiet_uart();
/// How often the UART's interrupt is taken before the handler does so.
extern volatile u32 uart_repeats;

/// Starts the second CPU, which then takes interrupts. False when there is none, or it stays away.
bool start_second();
/// It runs this function; returns when it has, or after some seconds.
void on_second(void (*function)());
/// Waits until the second CPU has taken so many.
bool second_took(u32 count);

}  // namespace isthmus::guest::gictest
