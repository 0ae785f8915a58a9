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

/// EVTCHNOP_send of any port but the console's, on the CPU of the vCPU that rings: 0, or an error.
/// A channel of the tree has a budget (core/run/ring_budget.hpp): what is more is seen by nobody
/// until a timer of the ringer's CPU delivers it, as one.
i64 send(Vcpu& ringer, u32 port);
/// Gives a channel that knows its peer the budget that it has there. Before guests run.
void prepare_bell(ChannelBell& bell);
/// VIRQ_CONSOLE, where the domain has bound it. Any CPU.
void raise_console_virq(Guest& guest);

/// EVTCHNOP_reset: some of the ports that are not the tree's are closed; false when all are.
bool close_some(Guest& guest);

}  // namespace isthmus::core::xen
