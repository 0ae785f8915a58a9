// SPDX-License-Identifier: Apache-2.0
// The part of a guest's tree that shows memory: RAM and shared regions. Internal to the room.
#pragma once

#include "dom0less/tree/parts.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {

/// Of a guest's /memory@.../reg: the stretches of its RAM, and one for a view. A rule keeps to it.
inline constexpr usize most_memory_entries =
    limits::memory_banks + limits::reserved_ranges + limits::shm_regions;

/// /memory@...: RAM, and regions with presentation `xen`.
void write_memory(fdt::TreeWriter& tree, const DomainPlan& domain, fdt::CellCounts cells);
/// /reserved-memory, when there is a region, or Xen's console.
void write_reserved_memory(fdt::TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                           const TreeContext& context);
/// The regions alone, for a node that is there already, whose children have `context.cells`.
void write_regions(fdt::TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                   const TreeContext& context);
/// /pmem@..., for regions with presentation `pmem`.
void write_pmem(fdt::TreeWriter& tree, const DomainPlan& domain, fdt::CellCounts cells);

}  // namespace isthmus::dom0less
