// SPDX-License-Identifier: Apache-2.0
// Building a stopped domain again by the same plan, in pieces that are short enough to be done
// between guests' turns. Its map, its references and its vCPUs' places stay as they are.
//
//     ports ──▶ machine ──▶ memory ──▶ maps ──▶ pages ──▶ regions ──▶ devices ──▶ built
//     Xen's     vGIC, UART, refill.hpp └─ what stands is compared ─┘  lines and
//               timers, …                 with the plan               streams
#pragma once

#include "core/domain/refill.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

struct Domain;

/// Where the work stands. One CPU's.
class Rebuild {
  public:
    constexpr Rebuild() = default;

    /// Does the next piece; false when there is none any more: it is built, or has failed, which it
    /// has said. The domain must be in state `rebuilding`, with no vCPU on any CPU.
    bool step(Domain& domain);
    bool is_built() const { return stage_ == Stage::built; }
    bool has_failed() const { return stage_ == Stage::failed; }
    /// Pages that were looked at: its own, and of its regions.
    u64 own_pages() const { return own_pages_; }
    u64 shared_pages() const { return shared_pages_; }

  private:
    enum class Stage : u8 { ports, machine, memory, map, pages, regions, devices, built, failed };

    void fill(const Domain& domain);
    void look_at_map(const Domain& domain);
    void look_at_pages(const Domain& domain);
    void look_at_regions(const Domain& domain);
    void begin_devices(Domain& domain);

    Stage stage_ = Stage::ports;
    Refill refill_;
    usize item_ = 0;  ///< index into the plan's host map, then into the domain's views
    u64 done_ = 0;    ///< guest address, then pages of that range or region
    u64 wrong_ = 0;   ///< differences from the plan
    u64 own_pages_ = 0;
    u64 shared_pages_ = 0;
};

}  // namespace isthmus::core
