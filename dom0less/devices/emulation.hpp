// SPDX-License-Identifier: Apache-2.0
// What is emulated for each domain, and where: settled before all else, because everything that
// comes into a guest's address space later keeps clear of it. Internal to the room.
#pragma once

#include "dom0less/emulated/kind.hpp"
#include "dom0less/memory/guest_space.hpp"
#include "shm/regions.hpp"

namespace isthmus::dom0less {

/// One for each domain. Interrupts that a kind leaves open are the lowest that nobody else of the
/// domain has: no other emulated device, no device that it is assigned, and, where numbers are the
/// machine's, no device of the machine at all. Rules: dom-direct-map, where the machine has no
/// place for a device; dom-limit, when there are not enough interrupts.
/// Doorbells have a block of GPIO lines for each four, and an interrupt for each region.
std::span<const Emulation> plan_emulation(const PlanInput& input,
                                          std::span<const shm::RegionDraft> drafts,
                                          std::span<const DeviceKind> kinds, Arena& arena,
                                          Findings& findings);

}  // namespace isthmus::dom0less
