// SPDX-License-Identifier: Apache-2.0
// isthmus convert: a tree of the patches of 2022 becomes one of today.
#pragma once

#include "tools/arguments.hpp"

namespace isthmus::tools {

/// Writes the tree with its numbered regions named, or as it is when there are none, and tells on
/// standard error what was changed. Nothing is written when a node that is to change has an error.
int convert(const Arguments& arguments);

}  // namespace isthmus::tools
