// SPDX-License-Identifier: Apache-2.0
// The plan's digest: one number for all that will exist. Host program and EL2 print it, and a tree
// may name the one it was signed off with. The canonical form is docs/plan-digest.md.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "dom0less/plan/sha256.hpp"
#include "fdt/tree.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::dom0less {

/// Of every field of the plan that dom0less/plan/plan_fields.hpp lists and does not mark as left
/// out. Where Isthmus, the boot tree and the heap lie is not part of it.
Digest digest_plan(const Plan& plan);

/// `isthmus,plan-digest` of /chosen, when it is there, must be this digest. Rule: plan-digest.
void check_digest(const fdt::Tree& tree, const Digest& digest, Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
