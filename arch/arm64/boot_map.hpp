// SPDX-License-Identifier: Apache-2.0
// The first tables, through which every CPU passes (boot_map.cpp).
#pragma once

#include "isthmus/address.hpp"

namespace isthmus::arch {

/// Shows the 2 MiB around a device's registers at the start of the device window (layout.hpp).
/// Only for the way that ends at EL1: the lasting map has its own devices.
void map_device_in_boot_map(HostAddress registers);

}  // namespace isthmus::arch
