// SPDX-License-Identifier: Apache-2.0
// vCPUs and domains starting and stopping.
//
//   domain  built ──▶ running ──stop_domain──▶ stopping ──last vCPU left──▶ stopped
//                        ▲                         its answers, or an order: │ │
//                        └───────────────────────────── rebuilding ◀─────────┘ │
//                                            dismantled ◀── dismantling ◀──────┘ on-stop=release
//   vCPU    off ──CPU_ON──▶ starting ──▶ on ──CPU_OFF──▶ off
#pragma once

#include "core/domain/domain.hpp"

namespace isthmus::core {

/// Starts the first vCPU of every domain. Once, at the end of boot.
void start_domains();

/// A vCPU in state `starting` begins at `entry`, on its own CPU. Any CPU.
void start_vcpu(Vcpu& vcpu, u64 entry, u64 context);
/// PSCI CPU_OFF of the running vCPU. The caller then leaves the guest. The last one stops the
/// domain.
void turn_off_vcpu(Vcpu& vcpu);

/// Stops a domain that runs; its vCPUs leave as soon as they notice, and its answers say what
/// follows. The first reason counts. Any CPU; a caller that runs one of its vCPUs then leaves the
/// guest. False: it does not run.
bool stop_domain(Domain& domain, StopReason reason);
/// The same of one that another's end stops, or an order: one that is being built again does not
/// start then.
bool stop_or_keep_stopped(Domain& domain, StopReason reason);

/// The sequel becomes `to` where it is `from`; false: it is another. Any CPU; of this folder alone.
bool change_sequel(Domain& domain, Domain::Sequel from, Domain::Sequel to);

// --- The operator's orders. Any CPU. Each says whether it changes anything: one that is carried
// out already, or cannot be, changes nothing. ---

/// It stops, and stays so, whatever its answers say.
bool order_stop(Domain& domain);
/// One that has stopped is built again and starts. Not one that is taken apart, or whose plan says
/// that it cannot be built again.
bool order_start(Domain& domain);
/// order_stop, then order_start. Counts for no limit of restarts.
bool order_restart(Domain& domain);
/// Its vCPUs leave and do not run until it is resumed; its watchdog stands still meanwhile. It can
/// be stopped while it is paused; one that is restarted runs.
bool pause_domain(Domain& domain);
bool resume_domain(Domain& domain);
inline bool is_paused(const Domain& domain) {
    return domain.is_paused();
}

/// A domain that has been built again is running from here on, unless an order has come that keeps
/// it stopped (false). The CPU that built it; run_again follows.
bool begin_next_life(Domain& domain);
/// Its first vCPU begins.
void run_again(Domain& domain);

/// Told by the scheduler when a vCPU will not run again in a stopping domain.
void vcpu_left(Vcpu& vcpu);

}  // namespace isthmus::core
