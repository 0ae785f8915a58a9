// SPDX-License-Identifier: Apache-2.0
// What a guest did that came to Isthmus, decoded once, and what became of it.
#pragma once

#include "isthmus/range.hpp"

namespace isthmus::core {

enum class TrapResult : u8 {
    done,      ///< emulated: continue behind the instruction
    injected,  ///< the guest continues in its own exception handler
    stopped    ///< this vCPU runs no further; another, or none, follows
};

/// A load, store or cache operation that stage 2 refused.
struct MemoryAccess {
    GuestAddress address;
    u64 virtual_address = 0;  ///< FAR_EL2
    bool write = false;
    bool decoded = false;  ///< the fields below are valid: the CPU has told the instruction
    u8 size = 0;           ///< bytes: 1, 2, 4, 8
    u8 transfer_register = 0;
    bool sign_extend = false;
    bool is_64_bit = false;
    bool cache_maintenance = false;
    bool table_walk = false;  ///< the guest's own stage-1 walk
    bool permission = false;  ///< mapped, but not for this
};

}  // namespace isthmus::core
