// SPDX-License-Identifier: Apache-2.0
// The table of all models.
#include "core/device/models.hpp"

#include <array>

#include "core/device/gpio.hpp"
#include "core/device/pvpanic.hpp"
#include "core/device/vuart.hpp"
#include "core/device/watchdog.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core {
namespace {

using dom0less::EmulatedKind;

constexpr std::array<DeviceModel, dom0less::emulated_kinds> models{
    DeviceModel{EmulatedKind::uart, make_vuart},
    DeviceModel{EmulatedKind::gpio, make_gpio},
    DeviceModel{EmulatedKind::watchdog, make_watchdog},
    DeviceModel{EmulatedKind::pvpanic, make_pvpanic},
};

static_assert([] {
    for (usize i = 0; i < models.size(); ++i) {
        if (models[i].kind != static_cast<EmulatedKind>(i)) {
            return false;
        }
    }
    return true;
}());

}  // namespace

Result<void> make_emulated_devices(Domain& domain) {
    for (const dom0less::EmulatedDevicePlan& device : domain.plan->emulated) {
        ISTHMUS_TRY(models[static_cast<usize>(device.kind)].make(domain, device));
    }
    return {};
}

}  // namespace isthmus::core
