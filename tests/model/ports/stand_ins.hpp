// SPDX-License-Identifier: Apache-2.0
// What the files under test ask of the rest of core.
#pragma once

#include <span>

#include "isthmus/types.hpp"

namespace isthmus::model::ports {

/// Page `number` of those that a guest may name.
std::byte* page_of(usize side, usize number);
/// What every address of a call leads to.
std::span<std::byte> named_structure();

}  // namespace isthmus::model::ports
