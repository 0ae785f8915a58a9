// SPDX-License-Identifier: Apache-2.0
// Half-open address ranges. Overlap, containment and alignment are decided here and nowhere else.
#pragma once

#include <optional>

#include "isthmus/address.hpp"

namespace isthmus {

/// [start, end) in one address space. The only way to make one from numbers refuses wrap-around.
template <class Space>
class Range {
  public:
    using Addr = Address<Space>;

    /// The empty range at 0.
    constexpr Range() = default;

    /// Nothing when start + size does not fit into 64 bits.
    static constexpr std::optional<Range> from(Addr start, u64 size) {
        const u64 end = start.raw() + size;
        if (end < start.raw()) {
            return std::nullopt;
        }
        return Range(start, Addr(end));
    }
    /// Nothing when end lies before start.
    static constexpr std::optional<Range> between(Addr start, Addr end) {
        if (end < start) {
            return std::nullopt;
        }
        return Range(start, end);
    }

    constexpr Addr start() const { return start_; }
    constexpr Addr end() const { return end_; }
    constexpr u64 size() const { return end_ - start_; }
    constexpr u64 pages() const { return size() / page_size; }
    constexpr bool empty() const { return start_ == end_; }

    constexpr bool contains(Addr address) const { return start_ <= address && address < end_; }
    /// An empty range is contained wherever its start lies within or at the end of this one.
    constexpr bool contains(const Range& other) const {
        return start_ <= other.start_ && other.end_ <= end_;
    }
    /// Empty ranges overlap nothing.
    constexpr bool overlaps(const Range& other) const {
        return !empty() && !other.empty() && start_ < other.end_ && other.start_ < end_;
    }
    /// Both ends are multiples of `alignment`.
    constexpr bool is_aligned(u64 alignment) const {
        return start_.is_aligned(alignment) && end_.is_aligned(alignment);
    }
    /// The part that both ranges share; empty when they share nothing.
    constexpr Range intersection(const Range& other) const {
        const Addr low = start_ < other.start_ ? other.start_ : start_;
        const Addr high = end_ < other.end_ ? end_ : other.end_;
        return low < high ? Range(low, high) : Range(low, low);
    }
    /// The largest range inside this one whose ends are multiples of `alignment`; may be empty.
    constexpr Range inner_aligned(u64 alignment) const {
        const u64 low = align_up(start_.raw(), alignment);
        const u64 high = align_down(end_.raw(), alignment);
        const bool wrapped = low < start_.raw();
        return wrapped || high < low ? Range(start_, start_) : Range(Addr(low), Addr(high));
    }
    /// The smallest range around this one whose ends are multiples of `alignment`. An end that
    /// would wrap is cut at the last multiple.
    constexpr Range outer_aligned(u64 alignment) const {
        const u64 high = align_up(end_.raw(), alignment);
        return Range(start_.align_down(alignment),
                     high < end_.raw() ? Addr(align_down(~u64{0}, alignment)) : Addr(high));
    }

    constexpr bool operator==(const Range&) const = default;

  private:
    constexpr Range(Addr start, Addr end) : start_(start), end_(end) {}

    Addr start_;
    Addr end_;
};

using HostRange = Range<struct HostSpace>;
using GuestRange = Range<struct GuestSpace>;
using HypRange = Range<struct HypSpace>;

}  // namespace isthmus
