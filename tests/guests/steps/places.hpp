// SPDX-License-Identifier: Apache-2.0
// Where a step acts: a region by its id, a place in it, or a bare guest address.
#pragma once

#include <optional>
#include <string_view>

#include "isthmus_guest/isthmus_shm.hpp"
#include "steps/steps.hpp"

namespace isthmus::guest::steps {

/// The region that `place` names ("ID" or "#CELL", "+OFFSET" behind it is not looked at).
std::optional<SharedRegion> region_of(std::string_view place);
/// The guest address of `place`; nothing when its region is not in the tree.
std::optional<u64> address_of(std::string_view place);

}  // namespace isthmus::guest::steps
