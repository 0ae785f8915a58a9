// SPDX-License-Identifier: Apache-2.0
// What Isthmus takes from its heap until guests run, counted on the finished plan: the same lists
// that core builds from. MemoryBudget sets memory aside before anything has a place; this is the
// account afterwards, so that a plan that is accepted is a plan that is built.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "fdt/host_description.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::dom0less {

/// Bytes, each at its worst.
struct HeapNeed {
    u64 own_tables = 0;    ///< Isthmus's map of RAM, stacks and the GIC; the first are in the image
    u64 stacks = 0;        ///< of the CPUs but the first
    u64 domains = 0;       ///< objects, vCPUs, virtual interrupts, the roots of their tables
    u64 guest_tables = 0;  ///< stage 2
    u64 streams = 0;       ///< SMMUs' queues and stream tables
    u64 kept_trees = 0;    ///< of guests that can be restarted
    u64 loading = 0;       ///< the largest buffer while a guest's memory is filled

    u64 total() const {
        return own_tables + stacks + domains + guest_tables + streams + kept_trees + loading;
    }
};
HeapNeed count_heap(const Plan& plan, const fdt::HostDescription& host);

/// What of the planned heap is certain to serve that, whatever the order: the frame table takes
/// its part from the largest range, and of the rest whole blocks of the largest size count. The
/// buddy allocator splits the smallest block that is enough, so a request fails only when blocks as
/// large as it are used up.
u64 heap_capacity(const Plan& plan, const fdt::HostDescription& host);

/// Of one SMMU, the entries for its streams and all else.
u64 stream_bytes(const Plan& plan, usize smmu);

/// Rule dom-out-of-memory. Of a machine whose RAM is in very many pieces; the budget has made sure
/// of any other.
void check_heap_holds(const Plan& plan, const fdt::HostDescription& host, Findings& findings);

}  // namespace isthmus::dom0less
