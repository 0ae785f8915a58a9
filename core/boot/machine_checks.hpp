// SPDX-License-Identifier: Apache-2.0
// What only the machine can tell before anything is built: rules that the host program cannot
// apply. Boot CPU.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "fdt/host_description.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::core {

/// From here on there is time (arch::counter_frequency). Rule host-timer-frequency: neither the
/// tree nor CNTFRQ_EL0 says how fast the counter runs.
void start_clock(const fdt::HostDescription& host, Findings& findings);

/// Rule host-address-size: this CPU has fewer bits of physical address than RAM, or guests'
/// addresses, need. The other CPUs are held to the same when they come up.
void check_addresses(const dom0less::Plan& plan, const fdt::HostDescription& host,
                     Findings& findings);

/// Finds the interrupt controller. Rules host-gic-reg: none answers where the tree says;
/// host-gic-lpi: LPIs, or an ITS, that firmware turned on stay on, with tables in RAM that is
/// somebody's.
void check_interrupt_controller(const dom0less::Plan& plan, const fdt::HostDescription& host,
                                Findings& findings);

}  // namespace isthmus::core
