// SPDX-License-Identifier: Apache-2.0
// Host addresses as a sorted row of ranges in a fixed room, for where there is no arena yet.
#pragma once

#include <array>
#include <span>

#include "isthmus/range.hpp"

namespace isthmus::dom0less {

/// Disjoint ranges that do not touch each other; `Most` of them.
template <usize Most>
class RangeSet {
  public:
    /// Adds `range`. Where there is no room for one more, the two with the smallest gap between
    /// them become one, gap and all: a set of what is taken only grows by that.
    void add(HostRange range) {
        insert(range, true);
        if (size_ > Most) {
            join(smallest_gap());
        }
    }
    /// Adds `range`, or nothing where there is no room for one more: for a set of what may be used.
    void add_if_room(HostRange range) { insert(range, size_ < Most); }
    std::span<const HostRange> items() const& { return {ranges_.data(), size_}; }
    void items() const&& = delete;  // of a set that ends here

  private:
    /// All that `range` overlaps or touches becomes one with it.
    void insert(HostRange range, bool has_room) {
        usize first = 0;
        while (first < size_ && ranges_[first].end() < range.start()) {
            ++first;
        }
        usize last = first;
        for (; last < size_ && ranges_[last].start() <= range.end(); ++last) {
            range = around(range, ranges_[last]);
        }
        if (!range.empty() && (last > first || has_room)) {
            move_tail(last, first + 1);
            ranges_[first] = range;
        }
    }
    void join(usize below) {
        ranges_[below] = around(ranges_[below], ranges_[below + 1]);
        move_tail(below + 2, below + 1);
    }
    /// What stands from position `from` on stands from `to` on.
    void move_tail(usize from, usize to) {
        const usize count = size_ - from;
        for (usize i = 0; i < count; ++i) {
            const usize step = to < from ? i : count - 1 - i;
            ranges_[to + step] = ranges_[from + step];
        }
        size_ = to + count;
    }
    usize smallest_gap() const {
        usize best = 0;
        for (usize i = 1; i + 1 < size_; ++i) {
            best = gap_behind(i) < gap_behind(best) ? i : best;
        }
        return best;
    }
    u64 gap_behind(usize index) const { return ranges_[index + 1].start() - ranges_[index].end(); }
    static HostRange around(HostRange left, HostRange right) {
        return *HostRange::between(left.start() < right.start() ? left.start() : right.start(),
                                   left.end() < right.end() ? right.end() : left.end());
    }

    std::array<HostRange, Most + 1> ranges_{};  // one more than there may be stays for a moment
    usize size_ = 0;
};

}  // namespace isthmus::dom0less
