// SPDX-License-Identifier: Apache-2.0
// Devices that Isthmus emulates for a guest, as the plan has them (docs/devices.md).
#pragma once

#include <span>
#include <string_view>

#include "isthmus/range.hpp"

namespace isthmus::dom0less {

/// What planning knows of a kind is in dom0less/emulated, what core makes of it in
/// core/device/models.cpp. Both have a table in this order.
enum class EmulatedKind : u8 {
    uart,      ///< an SBSA UART, with lines on the console
    gpio,      ///< a PL061, whose lines are doorbells
    watchdog,  ///< Arm's generic watchdog
    pvpanic,   ///< by which a kernel says that it has panicked
};
inline constexpr usize emulated_kinds = 4;

struct EmulatedDevicePlan {
    EmulatedKind kind = EmulatedKind::uart;
    u32 number = 0;                         ///< among the guest's devices of this kind
    std::string_view name;                  ///< for people: in texts, and of its routes
    std::span<const GuestRange> registers;  ///< its frames, as the kind numbers them
    std::span<const u32> interrupts;        ///< shared ones (INTID), as the kind numbers them
};

}  // namespace isthmus::dom0less
