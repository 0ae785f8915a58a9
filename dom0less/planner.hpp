// SPDX-License-Identifier: Apache-2.0
// From what the machine is and what is asked for to the plan, or to all findings that stand
// against it. Pure: same input, same plan.
#pragma once

#include <optional>

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

/// Applies all rules and plans. Nothing when `findings` holds an error, from here or from the
/// readers before. The plan lives in `arena` and points to texts of the tree.
std::optional<Plan> make_plan(const PlanInput& input, Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
