// SPDX-License-Identifier: Apache-2.0
// `direct-map`: a guest whose addresses are the machine's own. Its RAM and its interrupt controller
// stand where the machine's do; behind the latter is what any guest has. Where its other emulated
// devices stand is for their kind to say (dom0less/emulated). Internal to the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

/// Two frames of 64 KiB (GIC architecture specification, "Redistributor register map").
inline constexpr u64 redistributor_bytes = 128 * KiB;

/// Puts an emulated controller to the machine's addresses: at most as much of them as a guest
/// needs. On a GICv3 that is the first redistributor region with room for `vcpus`.
void move_to_machine(const fdt::Gic& machine, u32 vcpus, GuestGicPlan& gic);

/// The most vCPUs that a direct-mapped domain may have: for so many there are redistributors.
u32 most_direct_vcpus(const fdt::HostDescription& host);

}  // namespace isthmus::dom0less
