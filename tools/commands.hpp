// SPDX-License-Identifier: Apache-2.0
// The commands of the host program.
#pragma once

#include <string>
#include <vector>

#include "isthmus/range.hpp"

namespace isthmus::tools {

/// Exit statuses; 64 is EX_USAGE of sysexits.h.
inline constexpr int exit_clean = 0;
inline constexpr int exit_findings = 1;
inline constexpr int exit_usage = 64;

/// The command line, taken apart.
struct Arguments {
    std::string command;
    std::vector<std::string> files;
    std::string domain;  ///< --domain NAME
    std::string output;  ///< -o FILE
    HostRange image;     ///< --image ADDRESS,SIZE
};

int check(const Arguments& arguments);
int plan(const Arguments& arguments);
int tree(const Arguments& arguments);

}  // namespace isthmus::tools
