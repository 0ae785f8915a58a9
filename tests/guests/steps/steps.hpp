// SPDX-License-Identifier: Apache-2.0
// One step of tests/guests/steps.cpp.
#pragma once

#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::guest::steps {

struct Step {
    std::string_view action;
    std::string_view place;
    u32 number = 0;
};

/// Decimal, or hexadecimal with 0x; stops at the first other character.
u64 parse_number(std::string_view text);

/// False when the step did not see what it expects. It may fault: the caller catches that.
bool run(const Step& step);

/// "no-…" steps: the fault they expect is caught inside.
constexpr bool expects_fault(const Step& step) {
    return step.action.starts_with("no-");
}
bool run_expecting_fault(const Step& step);

}  // namespace isthmus::guest::steps
