// SPDX-License-Identifier: Apache-2.0
// `isthmus diff`: what two boot trees would make of the machine, compared.
#pragma once

#include "tools/arguments.hpp"

namespace isthmus::tools {

/// As diff(1): 0 when the two are the same, 1 when they differ, 2 when one of them has no plan.
int diff(const Arguments& arguments);

}  // namespace isthmus::tools
