// SPDX-License-Identifier: Apache-2.0
// What the parts of this program have of each other.
#pragma once

#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::xenvm {

/// The driver of the GIC version that this program was built for.
namespace gic {

inline constexpr u32 spurious = 1020;  ///< from here on

extern const std::string_view name;
/// Distributor and this CPU, as Zephyr's drivers set them up.
void init();
/// Priority and trigger, then enabled.
void enable(u32 intid);
/// The number is what end() wants; its low ten bits are the interrupt's.
u32 acknowledge();
void end(u32 acknowledged);
void send_to_self(u32 sgi);

}  // namespace gic

/// By console_io, a character a call.
void print(std::string_view text);
void print_number(u64 value);
/// Says so and switches the guest off.
[[noreturn]] void fail(std::string_view what);

namespace uart {

/// As a PL011 that has to be set up, and polled.
void init();
void print(std::string_view text);
/// By interrupts: the first part at once, the rest as handle() finds room.
void start_printing(std::string_view text);
bool is_printing();
void handle();

}  // namespace uart

}  // namespace isthmus::xenvm
