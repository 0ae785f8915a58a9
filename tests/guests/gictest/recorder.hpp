// SPDX-License-Identifier: Apache-2.0
// What the interrupt tests share: the controller, and the list of interrupts that came in.
#pragma once

#include <string_view>

#include "runtime/gic.hpp"

namespace isthmus::guest::gictest {

inline constexpr u32 first_spi = 40;  // a guest has 32 of them or more, and no device on these
inline constexpr u8 usual_priority = 0x80;
inline constexpr u32 log_size = 128;

/// What the first CPU's handler saw, in order.
struct Recorder {
    volatile u32 intids[log_size]{};
    volatile u32 count = 0;
    volatile u32 on_second_cpu = 0;  ///< the last one there; it is answered with the next SGI
};

extern Gic gic;
extern Recorder seen;

void handle_interrupt();
/// Masks interrupts, forgets what was seen, enables all SGIs at the usual priority.
void begin();
/// Lets pending interrupts in: until `count` were seen, or for a millisecond when it is 0.
void let_in(u32 count);
bool saw_only(u32 intid);
/// Prints the test's line, and what was seen when it failed.
void report(std::string_view name, bool passed);
u32 failures();

}  // namespace isthmus::guest::gictest
