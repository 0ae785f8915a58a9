// SPDX-License-Identifier: Apache-2.0
// From an event on a port to the vCPU that is told of it, in the two-level form:
//
//     pending[port] 0 ─▶ 1, not masked ─▶ pending_words 0 ─▶ 1 ─▶ upcall_pending 0 ─▶ 1 ─▶ PPI 31
//        shared_info                          vcpu_info
//
// Each step that finds its bit set ends there: the guest has not looked yet, and will.
#pragma once

#include "core/arm/xen/guest.hpp"

namespace isthmus::core::xen {

/// EVTCHNOP_send by `from`, of any port but the console's: 0, or an error.
i64 send(Guest& from, u32 port);
/// VIRQ_CONSOLE, where the domain has bound it. Any CPU.
void raise_console_virq(Guest& guest);

/// EVTCHNOP_reset: some of the ports that are not the tree's are closed; false when all are.
bool close_some(Guest& guest);

}  // namespace isthmus::core::xen
