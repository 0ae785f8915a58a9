// SPDX-License-Identifier: Apache-2.0
// The machine compared with its plan while guests run, in pieces of some 10 us.
//
//     regions' pages ─▶ guests' pages ─▶ guests' maps ─▶ over
//      64 pages          64 pages         128 pages of addresses
//
// A guest's map stands from boot until the guest is taken apart, so what differs is a finding. A
// piece of it is looked at with the guest's life_lock: nobody begins to take it apart meanwhile.
// Page words of a region change in steps while one that has it is rebuilt or taken apart.
#pragma once

#include "core/memory/region_account.hpp"

namespace isthmus::core {

class LiveAudit {
  public:
    constexpr LiveAudit() = default;

    /// The next piece; what differs in a map is said. False: all has been looked at. Any CPU,
    /// always the same.
    bool step();
    u64 pages() const { return pages_; }
    /// Of a guest's RAM: pages that are another's, or nobody's. Of a region: as RegionAccount.
    u64 wrong_pages() const { return wrong_pages_; }
    /// Entries of guests' maps, and what is planned and not there, or the other way round.
    u64 mappings() const { return mappings_; }
    u64 wrong_mappings() const { return wrong_mappings_; }

  private:
    enum class Stage : u8 { regions, ram, maps, over };

    void next(Stage stage);
    void look_at_region();
    void look_at_ram();
    void look_at_map();

    Stage stage_ = Stage::regions;
    usize item_ = 0;   ///< region, entry of the plan's host map, or domain
    u64 done_ = 0;     ///< pages of it, or the guest address that comes next
    RegionWalk walk_;  ///< of region `item_`, once `done_` is not 0
    u64 pages_ = 0;
    u64 wrong_pages_ = 0;
    u64 mappings_ = 0;
    u64 wrong_mappings_ = 0;
};

}  // namespace isthmus::core
