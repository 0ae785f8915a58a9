// SPDX-License-Identifier: Apache-2.0
// What the machine does while its caches and TLBs are watched; each on a machine of its own.
#pragma once

#include <span>

namespace isthmus::test {

struct Scenario {
    const char* name;
    void (*run)();
};
std::span<const Scenario> scenarios();

}  // namespace isthmus::test
