// SPDX-License-Identifier: Apache-2.0
// Why a domain has stopped.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

enum class StopReason : u32 {
    none,
    power_off,
    reset,
    crash,
    all_vcpus_off,
    suspend,
    watchdog,
    panic,
    group,  ///< one that belongs together with it has ended
    order,  ///< the operator's
    halt,   ///< the machine runs no guest any more
};

}  // namespace isthmus::core
