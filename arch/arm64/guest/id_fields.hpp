// SPDX-License-Identifier: Apache-2.0
// What a guest may see of the CPU's feature ID registers: of the machine's own value
// the fields that Isthmus knows and offers. Pure: compiled and tested on the host, too.
#pragma once

#include "isthmus/bits.hpp"

namespace isthmus::arch {

/// One of the 56 registers op0 3, op1 0, CRn 0, CRm 1 to 7, op2 0 to 7.
constexpr unsigned id_index(unsigned crm, unsigned op2) {
    return (crm - 1) * 8 + op2;
}

/// The guest's view of such a register of this value (Arm ARM D19.2).
u64 guest_view_of_id(unsigned crm, unsigned op2, u64 value);

}  // namespace isthmus::arch
