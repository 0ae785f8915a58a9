// SPDX-License-Identifier: Apache-2.0
// Where in a guest a region may not be.
#pragma once

#include <span>
#include <string_view>

#include "shm/node_config.hpp"

namespace isthmus::shm {

/// A piece of a guest's address space that has a meaning already.
struct GuestUse {
    GuestRange range;
    std::string_view what;  ///< "RAM", "an assigned device", ...
};

/// Rule shm-guest-overlap: each node against all uses, and against the nodes before it.
void check_guest_overlaps(std::string_view domain_path, std::span<const NodeConfig> nodes,
                          std::span<const GuestUse> uses, Findings& findings);

}  // namespace isthmus::shm
