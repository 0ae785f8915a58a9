// SPDX-License-Identifier: Apache-2.0
// The table of all kinds.
#include <array>

#include "dom0less/emulated/gpio.hpp"
#include "dom0less/emulated/kind.hpp"
#include "dom0less/emulated/pvpanic.hpp"
#include "dom0less/emulated/uart.hpp"
#include "dom0less/emulated/watchdog.hpp"

namespace isthmus::dom0less {
namespace {

constexpr std::array<DeviceKind, emulated_kinds> kinds{uart_kind, gpio_kind, watchdog_kind,
                                                       pvpanic_kind};

static_assert([] {
    for (usize i = 0; i < kinds.size(); ++i) {
        if (kinds[i].kind != static_cast<EmulatedKind>(i)) {
            return false;
        }
    }
    return true;
}());

}  // namespace

std::span<const DeviceKind> device_kinds() {
    return kinds;
}

const DeviceKind& device_kind(EmulatedKind kind) {
    return kinds[static_cast<usize>(kind)];
}

}  // namespace isthmus::dom0less
