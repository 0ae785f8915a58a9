// SPDX-License-Identifier: Apache-2.0
// isthmus explain: what a rule protects against, and how to do it right.
#pragma once

#include "tools/arguments.hpp"

namespace isthmus::tools {

/// The rules that the operands name; without any, all of them, one a line. The exit status is
/// exit_usage, and nothing is explained, when there is no such rule.
int explain(const Arguments& arguments);

}  // namespace isthmus::tools
