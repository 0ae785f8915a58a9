// SPDX-License-Identifier: Apache-2.0
// What is typed: to one guest at a time, moved on by the switch key three times. While that guest
// has no room, bytes stay in the machine's UART and its receive interrupt is off; so a paste runs
// as fast as the guest reads, and is not lost.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

/// Starts listening: the key with which input moves on, and whose turn it is first.
void start_input(char conswitch);
/// Takes typed bytes from the machine's UART; called when it interrupts, on the CPU that has the
/// interrupt.
void on_console_input();
/// The guest that had no room has some again, or will not read any more. Any CPU.
void resume_input();

/// How long a guest may leave its input unread before the input is dropped, so that the switch key
/// is heard again: seconds.
inline constexpr u64 input_patience = 10;

}  // namespace isthmus::core
