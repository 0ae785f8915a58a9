// SPDX-License-Identifier: Apache-2.0
// What a guest does that nobody handles: one log line, and an exception in that guest. Lines are
// limited for each guest, so that one cannot flood the console. Cold: kept out of the short paths.
//
// `injected`, but for the last of FaultLoop::limit of one vCPU at one place with nothing between
// them: that is a crash of its domain, and the answer `stopped`.
#pragma once

#include "core/trap/trap.hpp"

namespace isthmus::core {

struct Domain;
struct Vcpu;

/// Counts one. True while this guest's lines are still wanted; says so when the last one has come.
[[gnu::cold, gnu::noinline]] bool may_log_violation(Domain& domain);

/// A data abort for an access; `why` says why it is refused, `status` what the guest's syndrome
/// says. A fault on a walk of the guest's own tables is reported as one.
[[gnu::cold, gnu::noinline]] TrapResult refuse_access(
    Vcpu& vcpu, MemoryAccess access, const char* why,
    arch::FaultStatus status = arch::FaultStatus::external_abort);
/// An instruction abort; of the abort's fields those count that an instruction abort has. When it
/// is a vector of the guest that it cannot fetch, the line says which exception of its own led
/// there, once: what follows of that is counted.
[[gnu::cold, gnu::noinline]] TrapResult refuse_fetch(Vcpu& vcpu, MemoryAccess access);
/// An undefined-instruction exception; `what` names it, `detail` is its encoding or number.
[[gnu::cold, gnu::noinline]] TrapResult refuse_instruction(Vcpu& vcpu, const char* what,
                                                           u64 detail);

}  // namespace isthmus::core
