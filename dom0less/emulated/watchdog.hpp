// SPDX-License-Identifier: Apache-2.0
// The emulated watchdog (`isthmus,watchdog`), as planning sees it: Arm's generic watchdog of the
// Base System Architecture (Arm DEN 0094), with a frame for control and one for refreshing.
#pragma once

#include "dom0less/emulated/kind.hpp"

namespace isthmus::dom0less {

/// Direct-mapped: in the guest's spare window.
EmulatedPlace place_watchdog(const PlaceRequest& request);

inline constexpr DeviceKind watchdog_kind{
    .kind = EmulatedKind::watchdog,
    .name = "watchdog",
    .what = "the watchdog",
    .property = "isthmus,watchdog",
    .is_spare = true,
    .dom0_has = nobody_has,
    .place = place_watchdog,
    .node_name = "watchdog",
    .compatible = "arm,sbsa-gwdt",
};

}  // namespace isthmus::dom0less
