// SPDX-License-Identifier: Apache-2.0
// Walks all states that a setup can come to, breadth first: what is found wrong has a shortest way
// there. States met before are known by a hash of 64 bits.
#pragma once

#include <string>

#include "tests/model/vgic/world.hpp"

namespace isthmus::model::vgic {

struct Outcome {
    usize states = 0;
    usize steps = 0;
    bool is_complete = true;  ///< no state was left out for `most_states`
    std::string wrong;        ///< empty, or what, and the steps that led there
};

Outcome explore(const Setup& setup, usize most_states);

}  // namespace isthmus::model::vgic
