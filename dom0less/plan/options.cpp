// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan/options.hpp"

#include <array>

namespace isthmus::dom0less {

std::string_view scheduler_name(Options::Scheduler scheduler) {
    constexpr std::array<std::string_view, 3> names{"null", "rr", "as fits"};
    return names[static_cast<usize>(scheduler)];
}

std::string_view text_form_name(TextForm form) {
    constexpr std::array<std::string_view, 3> names{"utf8", "ascii", "raw"};
    return names[static_cast<usize>(form)];
}

}  // namespace isthmus::dom0less
