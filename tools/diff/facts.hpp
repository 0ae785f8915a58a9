// SPDX-License-Identifier: Apache-2.0
// A plan as a list of facts, each under a name that another plan's fact can be found by.
#pragma once

#include <string>
#include <vector>

#include "tools/boot_tree.hpp"

namespace isthmus::tools {

/// "memory bytes" is "64 MiB".
struct Fact {
    std::string name;
    std::string value;
};

/// The machine, a domain, a region, …: names are unique in a plan, and so are a thing's facts'.
struct Thing {
    std::string name;
    std::vector<Fact> facts;
};

/// Of everything that the lists of fields (dom0less/plan/plan_fields.hpp) name, and of the machine.
/// Domains, regions and CPUs are named, not numbered. `tree` must have a plan.
std::vector<Thing> facts_of(const BootTree& tree);

}  // namespace isthmus::tools
