// SPDX-License-Identifier: Apache-2.0
// Which nodes are interrupt controllers of the kinds that Isthmus drives.
#pragma once

#include "fdt/tree.hpp"

namespace isthmus::fdt {

/// 3 for an enabled "arm,gic-v3" (a GICv4 is one, too), 2 for a GICv2 of any of its names, 0 for
/// any other node.
u8 gic_version(const Node& node);

}  // namespace isthmus::fdt
