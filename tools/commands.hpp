// SPDX-License-Identifier: Apache-2.0
// The commands of the host program. Each returns an exit status.
#pragma once

#include "tools/arguments.hpp"

namespace isthmus::tools {

inline constexpr int exit_clean = 0;
inline constexpr int exit_errors = 1;
inline constexpr int exit_warnings = 2;  ///< with --strict only
inline constexpr int exit_usage = 64;    ///< EX_USAGE of sysexits.h

int check(const Arguments& arguments);
int plan(const Arguments& arguments);
int tree(const Arguments& arguments);

}  // namespace isthmus::tools
