// SPDX-License-Identifier: Apache-2.0
// The commands of the host program. Each returns an exit status.
#pragma once

#include <memory>
#include <string>

#include "tools/arguments.hpp"
#include "tools/boot_tree.hpp"

namespace isthmus::tools {

inline constexpr int exit_clean = 0;
inline constexpr int exit_errors = 1;
inline constexpr int exit_warnings = 2;  ///< with --strict only
inline constexpr int exit_usage = 64;    ///< EX_USAGE of sysexits.h

/// One boot tree of a command. nullptr, with a message, when the file cannot be read; what is wrong
/// with modules is printed, too, and stays in BootTree::module_errors().
std::unique_ptr<BootTree> open_tree(const std::string& file, const Arguments& arguments);

int check(const Arguments& arguments);
int plan(const Arguments& arguments);
int tree(const Arguments& arguments);

}  // namespace isthmus::tools
