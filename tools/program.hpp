// SPDX-License-Identifier: Apache-2.0
// Other programs, run to their end.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace isthmus::tools {

/// Runs a program, found by PATH, that reads nothing, with both outputs in the file `log`: a pipe
/// that fills up could stop both of us. The error is a sentence: it cannot be started, or what it
/// printed.
std::expected<void, std::string> run_program(std::vector<std::string> words,
                                             const std::string& log);

}  // namespace isthmus::tools
