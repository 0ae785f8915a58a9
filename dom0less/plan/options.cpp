// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan/options.hpp"

namespace isthmus::dom0less {

std::string_view scheduler_name(Options::Scheduler scheduler) {
    return scheduler == Options::Scheduler::rr ? "rr" : "null";
}

std::string_view text_form_name(TextForm form) {
    constexpr std::array<std::string_view, 3> names{"utf8", "ascii", "raw"};
    return names[static_cast<usize>(form)];
}

}  // namespace isthmus::dom0less
