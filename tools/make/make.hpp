// SPDX-License-Identifier: Apache-2.0
// `isthmus make`: a boot tree from a base tree and a short configuration file (docs/make.md).
#pragma once

#include "tools/arguments.hpp"

namespace isthmus::tools {

/// The command. Writes nothing when anything is wrong.
int make(const Arguments& arguments);

}  // namespace isthmus::tools
