// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::arch {

/// How a CPU came in, as known_state in entry.S finds it.
enum class EntryWay : u64 {
    el2 = 0,
    el1 = 1,
    e2h_stays = 2,  ///< EL2 with HCR_EL2.E2H = 1, which cannot be cleared
};

}  // namespace isthmus::arch
