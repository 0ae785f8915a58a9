// SPDX-License-Identifier: Apache-2.0
// Isthmus's own lines on the console. Only core and arch log; the pure rooms return findings.
#pragma once

#include <span>
#include <string_view>

#include "isthmus/text.hpp"

namespace isthmus {

/// Writes one whole line under Isthmus's name; a line end is added. Any CPU may call it, not from
/// within a console driver. Implemented in core.
void log_line(std::string_view format, std::span<const TextArg> args);

template <class... Args>
void log(std::string_view format, const Args&... args) {
    const std::array<TextArg, sizeof...(Args)> list{TextArg(args)...};
    log_line(format, list);
}

}  // namespace isthmus
