// SPDX-License-Identifier: Apache-2.0
// Taking a stopped domain apart, in pieces that are short enough to be done between guests' turns.
//
//     tables ─────────────▶ ram ───────────────▶ regions ─▶ apart
//       │ ▲ an entry, or      │ ▲ shown, cleared   │ ▲
//       ▼ │ a few pages       ▼ │ and hidden       ▼ │
//      pages of a block      its pages            pages of the owner
#pragma once

#include "isthmus/range.hpp"

namespace isthmus::core {

struct Domain;

/// Where the work stands. One CPU's; other domains may be taken apart at the same time elsewhere.
class Teardown {
  public:
    constexpr Teardown() = default;

    /// Does the next piece, of some 10 us; false when the domain is dismantled. In the end it has
    /// given back all that the domain holds: every foreign mapping its reference, its private
    /// pages, cleared, to where they came from, its own reference to the regions it owns, and its
    /// tables. A page that a peer still maps stays until that peer is taken apart, in whichever
    /// order. The domain must be stopped, with no vCPU on any CPU.
    bool step(Domain& domain);

  private:
    enum class Stage : u8 { begin, tables, ram, regions, apart };

    void clear_tables(Domain& domain);
    void clear_ram(Domain& domain);
    void next_window(Domain& domain);
    void give_back_regions(Domain& domain);

    Stage stage_ = Stage::begin;
    GuestAddress below_;  ///< what the tables map below it is gone
    HostRange held_;      ///< references of these pages are to be given back
    HostRange window_;    ///< RAM in Isthmus's map that is to be cleared
    u64 cleared_ = 0;     ///< bytes of it that are
    u64 done_ = 0;        ///< bytes of the host range `item_` that are
    usize item_ = 0;      ///< index into the plan's host map, then of its regions
    usize piece_ = 0;     ///< of that region
};

}  // namespace isthmus::core
