// SPDX-License-Identifier: Apache-2.0
// How large a guest's tree can be, from what it says: for those who set memory aside before it is
// written.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "dom0less/tree/guest_tree.hpp"

namespace isthmus::dom0less {

/// What makes the tree of one guest larger than that of another. Not for Dom0.
struct TreeParts {
    u64 bootargs = 0;  ///< characters
    u64 vcpus = 0;
    u64 views = 0;
    u64 partial = 0;  ///< bytes of its partial tree
};
TreeParts tree_parts(const DomainPlan& domain);

/// Bytes; never more than guest_tree_bytes, which hold any tree.
u64 most_tree_bytes(const TreeParts& parts);

/// Bytes of the heap that a copy of the tree takes: a power of two pages.
u64 kept_tree_bytes(const TreeParts& parts);

}  // namespace isthmus::dom0less
