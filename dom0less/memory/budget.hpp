// SPDX-License-Identifier: Apache-2.0
// How much RAM the hypervisor's own heap needs for what is planned, and whether the rest is enough
// for everybody. What the plan counts here, core allocates without ever failing.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"
#include "shm/regions.hpp"

namespace isthmus::dom0less {

/// What one of each costs. core holds its own sizes against these.
namespace heap_cost {
inline constexpr u64 frame = 8;             ///< a page's word in the frame table
inline constexpr u64 isthmus = 6 * MiB +    ///< the largest guest tree, while written; what the
                               256 * KiB;   ///< heap's ends lack of whole blocks; tables of stacks
inline constexpr u64 cpu = 128 * KiB;       ///< stacks, and a flight recorder
inline constexpr u64 domain = 256 * KiB;    ///< all that is there once a guest, but for its RAM
inline constexpr u64 vcpu = 8 * KiB;        ///< registers, private interrupts
inline constexpr u64 xen = 128 * KiB;       ///< Xen's interface: ports, the console's ring
inline constexpr u64 xen_vcpu = 32 * KiB;   ///< tables for the pages that each vCPU may name
inline constexpr u64 channel = 256;         ///< an end of a static event channel, as it rings
inline constexpr u64 doorbells = 32 * KiB;  ///< of them in `domain`: all that a guest may have
inline constexpr u64 mapped_page = 16;      ///< at worst one descriptor a page; twice, to be safe
inline constexpr u64 smmu = 512 * KiB;      ///< queues, first level of its stream table
inline constexpr u64 stream = 128;          ///< an entry of that table, in a power of two
inline constexpr u64 stretch = 16 * KiB;    ///< two ends of a mapping, at worst two tables at each
}  // namespace heap_cost

class MemoryBudget {
  public:
    /// `claims`: how many pieces of RAM are somebody's already, each a hole in the heap.
    MemoryBudget(const PlanInput& input, std::span<const shm::RegionDraft> regions, usize claims);

    /// Bytes of free RAM that are the heap's. Never less than 8 MiB or 2 % of RAM.
    u64 heap() const { return heap_for(needed_); }
    /// Bytes that must lie in one piece: the frame table, and room for the largest object.
    u64 heap_piece() const;
    /// The most RAM that `domain` could have when `available` bytes are free for it and the heap.
    u64 most(const DomainConfig& domain, u64 available) const;

  private:
    u64 heap_for(u64 needed) const;

    u64 ram_;
    u64 needed_;
};

/// Everybody who wants some of `free` bytes, in tree order, so that the finding names who came too
/// late and what would fit. Rule dom-out-of-memory. False when it is not enough.
bool check_enough(const PlanInput& input, std::span<const shm::RegionDraft> regions,
                  const MemoryBudget& budget, u64 free, Findings& findings);

}  // namespace isthmus::dom0less
