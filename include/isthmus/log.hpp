// SPDX-License-Identifier: Apache-2.0
// Isthmus's own lines on the console. Only core and arch log; the pure rooms return findings.
#pragma once

#include <span>
#include <string_view>

#include "isthmus/text.hpp"

namespace isthmus {

/// How much is said: lines of this kind and of those before it.
enum class LogLevel : u8 { error, warning, normal, debug };

/// What stands in front of each line: nothing; the time since boot; the machine's counter.
enum class LogStamps : u8 { none, boot, raw };

/// What a line is about. Of a `guest`'s violations, too, one may want to hear less, or more.
enum class LogKind : u8 { error, warning, normal, debug, guest };

/// Writes one whole line under Isthmus's name, when such lines are shown; a line end is added. Any
/// CPU may call it, not from within a console driver. Implemented in core.
void log_line(LogKind kind, std::string_view format, std::span<const TextArg> args);

template <class... Args>
void log_as(LogKind kind, std::string_view format, const Args&... args) {
    const std::array<TextArg, sizeof...(Args)> list{TextArg(args)...};
    log_line(kind, format, list);
}
template <class... Args>
void log(std::string_view format, const Args&... args) {
    log_as(LogKind::normal, format, args...);
}

}  // namespace isthmus
