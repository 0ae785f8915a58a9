// SPDX-License-Identifier: Apache-2.0
// What a guest does that nobody handles: one log line, and an exception in that guest. Lines are
// limited for each guest, so that one cannot flood the console.
#pragma once

#include "core/trap.hpp"

namespace isthmus::core {

struct Vcpu;

/// A data abort for an access; `why` says what stands against it. Always `injected`.
TrapResult refuse_access(Vcpu& vcpu, const MemoryAccess& access, const char* why);
/// An instruction abort for a fetch from `address`.
TrapResult refuse_fetch(Vcpu& vcpu, GuestAddress address, u64 virtual_address);
/// An undefined-instruction exception; `what` names it, `detail` is its encoding or number.
TrapResult refuse_instruction(Vcpu& vcpu, const char* what, u64 detail);

}  // namespace isthmus::core
