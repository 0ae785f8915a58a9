// SPDX-License-Identifier: Apache-2.0
// Words of a guest's code, for the instructions that the CPU does not describe.
#pragma once

#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

struct Domain;

/// The word at a virtual address of the vCPU that runs here, through its own tables and then its
/// map; it is executable RAM of this guest. Read once: another vCPU may change it at any time.
/// Errors: not_mapped, denied.
Result<u32> read_guest_instruction(const Domain& domain, u64 address);

}  // namespace isthmus::core
