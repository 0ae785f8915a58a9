// SPDX-License-Identifier: Apache-2.0
// vCPUs and domains starting and stopping.
//
//   domain  built ──▶ running ──stop_domain──▶ stopping ──last vCPU left──▶ stopped
//                                       on-stop=release ──▶ dismantling ──▶ dismantled
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

/// Stops a domain for good; its vCPUs leave as soon as they notice. The first reason counts. Any
/// CPU; a caller that runs one of its vCPUs then leaves the guest.
void stop_domain(Domain& domain, StopReason reason);

/// Told by the scheduler when a vCPU will not run again in a stopping domain.
void vcpu_left(Vcpu& vcpu);

}  // namespace isthmus::core
