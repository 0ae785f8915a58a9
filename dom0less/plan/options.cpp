// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan/options.hpp"

#include <array>

namespace isthmus::dom0less {

std::string_view log_level_name(LogLevel level) {
    constexpr std::array<std::string_view, 4> names{"quiet", "warning", "normal", "debug"};
    return names[static_cast<usize>(level)];
}

std::string_view log_stamps_name(LogStamps stamps) {
    constexpr std::array<std::string_view, 3> names{"none", "boot", "raw"};
    return names[static_cast<usize>(stamps)];
}

std::string_view prompt_name(Options::Prompt prompt) {
    constexpr std::array<std::string_view, 3> names{"off", "read", "control"};
    return names[static_cast<usize>(prompt)];
}

std::string_view scheduler_name(Options::Scheduler scheduler) {
    constexpr std::array<std::string_view, 3> names{"null", "rr", "as fits"};
    return names[static_cast<usize>(scheduler)];
}

std::string_view text_form_name(TextForm form) {
    constexpr std::array<std::string_view, 3> names{"utf8", "ascii", "raw"};
    return names[static_cast<usize>(form)];
}

}  // namespace isthmus::dom0less
