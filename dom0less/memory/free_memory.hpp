// SPDX-License-Identifier: Apache-2.0
// The planner's account of RAM that nobody has yet.
#pragma once

#include <optional>
#include <span>

#include "isthmus/arena.hpp"
#include "isthmus/range.hpp"

namespace isthmus::dom0less {

/// Sorted, disjoint pieces of free RAM. Pieces are taken from the top, so that what is left for the
/// heap stays one large piece at the bottom.
class FreeMemory {
  public:
    explicit FreeMemory(Arena& arena) : pieces_(arena) {}

    /// Adds `range`, which must not overlap a piece.
    void add(HostRange range);
    /// Takes `range` and the rest of the pages it touches out, where they are free.
    void remove(HostRange range);

    u64 total() const;
    std::span<const HostRange> pieces() const { return pieces_.items(); }

    /// The highest free range of `size` bytes whose start is congruent to `guest` modulo `block`,
    /// so that blocks of that size can map one to the other. It is then no longer free.
    std::optional<HostRange> take(u64 size, GuestAddress guest, u64 block);
    /// The largest such range of at most `most` bytes, a multiple of `block` long; empty when there
    /// is none of one block.
    HostRange take_largest(u64 most, GuestAddress guest, u64 block);
    /// The largest range below `end` of at most `most` bytes, whole blocks at a multiple of
    /// `block`; of equal ones the lowest, and at the bottom of its piece. Empty when there is none.
    HostRange take_below(u64 most, HostAddress end, u64 block);
    /// `size` bytes at the bottom of the lowest piece that has them, else all of the largest piece;
    /// empty when nothing is free.
    HostRange take_low(u64 size);

  private:
    ArenaVector<HostRange> pieces_;
};

}  // namespace isthmus::dom0less
