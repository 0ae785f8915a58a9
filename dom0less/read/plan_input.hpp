// SPDX-License-Identifier: Apache-2.0
// What was read: all that planning starts from.
#pragma once

#include "dom0less/plan/options.hpp"
#include "dom0less/read/system_config.hpp"
#include "fdt/host_description.hpp"
#include "isthmus/range.hpp"

namespace isthmus::dom0less {

struct PlanInput {
    const fdt::HostDescription& host;
    const SystemConfig& config;
    const Options& options;
    HostRange image;       ///< where Isthmus lies; empty when that is not known (host program)
    HostRange boot_tree;   ///< where the boot tree lies; empty as above
    HostRange arena = {};  ///< where all is read and planned (memory/arena_place.hpp)
};

}  // namespace isthmus::dom0less
