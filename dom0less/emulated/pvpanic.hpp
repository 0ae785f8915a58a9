// SPDX-License-Identifier: Apache-2.0
// The emulated panic device (`isthmus,pvpanic`), as planning sees it: QEMU's pvpanic, one register
// by which a kernel says that it has given up.
#pragma once

#include "dom0less/emulated/kind.hpp"

namespace isthmus::dom0less {

/// Direct-mapped: in the guest's spare window.
EmulatedPlace place_pvpanic(const PlaceRequest& request);

inline constexpr DeviceKind pvpanic_kind{
    .kind = EmulatedKind::pvpanic,
    .name = "pvpanic",
    .what = "the panic device",
    .property = "isthmus,pvpanic",
    .is_spare = true,
    .dom0_has = nobody_has,
    .place = place_pvpanic,
    .node_name = "pvpanic",
    .compatible = "qemu,pvpanic-mmio",
};

}  // namespace isthmus::dom0less
