// SPDX-License-Identifier: Apache-2.0
// Where regions lie in the guests.
#pragma once

#include "tools/make/places.hpp"

namespace isthmus::tools {

/// What a table entry of the level above pages maps, in bytes.
inline constexpr u64 block = 2 * MiB;

/// Fills in the guest ranges of all regions, whose host ranges are there. A region has one address
/// for all, above the RAM of the largest domain, where nothing else was asked for; in a domain with
/// `direct-map` it is the host's. Mistakes, as those of read_make_config, are added to `errors`.
void place_in_guests(const MakeConfig& config, std::vector<PlacedRegion>& regions,
                     std::string& errors);

}  // namespace isthmus::tools
