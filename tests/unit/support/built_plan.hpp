// SPDX-License-Identifier: Apache-2.0
// A tree taken from core::boot to the first guest, by the real code over the fake machine, in a
// process of its own: Isthmus boots once. What was counted for it comes back beside what it took.
#pragma once

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::test {

struct BuiltPlan {
    enum class End : u8 { crashed, refused, entered };

    End end = End::crashed;
    u64 early_tables = 0;  ///< pages
    u64 counted = 0;       ///< bytes of the heap, without what is counted for loading
    u64 taken = 0;         ///< at most, bytes
    u64 own_counted = 0;   ///< of these, for Isthmus's own tables
    u64 own_taken = 0;     ///< when the guests are built
    u64 capacity = 0;      ///< of the heap, by the plan
    usize domains = 0;
    std::array<char, 2000> said{};  ///< the end of the console's text
};

/// Kernels are whatever the tree names inside the fake machine's RAM; each is an Image of 1 MiB.
BuiltPlan build_apart(const Blob& tree);

}  // namespace isthmus::test
