// SPDX-License-Identifier: Apache-2.0
// The statistics region: what Isthmus shows of all domains to those that borrow it
// (docs/statistics.md; the layout is isthmus/statistics_layout.hpp).
//
//   at once      a domain's state, by whoever changes it; events, by the CPU where they happen
//   ten times a second  all counters, in pieces, by a timer on the CPU of the first borrower
//
// The counters themselves are where they are counted anyway, so what is not borrowed costs nothing.
#pragma once

#include "dom0less/plan/plan.hpp"

namespace isthmus::core {

struct Domain;
struct PerCpu;
struct Vcpu;

/// The region before anybody has started; events are traced from now on. `region`: in one piece,
/// cleared, and in Isthmus's map for good. Boot CPU.
void open_statistics(const dom0less::Plan& plan, const shm::RegionPlan& region);
/// Whether there is such a region.
bool has_statistics();

/// A domain's state has changed. As tell_peers.
void tell_statistics(const Domain& domain);
/// It is about to stop: an event alone. Any CPU, whatever becomes of its state meanwhile.
void tell_stopping(const Domain& domain);
/// `vcpu` begins to run on the calling CPU, which has a ring.
void trace_run(PerCpu& cpu, Vcpu& vcpu);
/// `ringer` rings by its domain's doorbell `number`, on the calling CPU, which has a ring.
void trace_ring(const Vcpu& ringer, u32 number);
/// It leaves the calling CPU, which has a ring. `is_cut`: it could go on.
void trace_leave(PerCpu& cpu, const Vcpu& vcpu, bool is_cut);

}  // namespace isthmus::core
