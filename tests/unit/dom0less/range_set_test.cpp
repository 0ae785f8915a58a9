// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/range_set.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace isthmus::dom0less {
namespace {

using Pairs = std::vector<std::pair<u64, u64>>;

HostRange range(u64 start, u64 end) {
    return *HostRange::between(HostAddress(start), HostAddress(end));
}

template <usize most>
Pairs pairs(const RangeSet<most>& set) {
    Pairs found;
    for (const HostRange& item : set.items()) {
        found.emplace_back(item.start().raw(), item.end().raw());
    }
    return found;
}

TEST(RangeSet, IsSortedAndJoinsWhatTouches) {
    RangeSet<4> set;
    set.add(range(30, 40));
    set.add(range(10, 20));
    set.add(range(15, 15));
    set.add(range(50, 50));
    EXPECT_EQ(pairs(set), (Pairs{{10, 20}, {30, 40}}));
    set.add(range(20, 30));
    EXPECT_EQ(pairs(set), (Pairs{{10, 40}}));
    set.add(range(0, 5));
    set.add(range(60, 70));
    set.add(range(4, 65));
    EXPECT_EQ(pairs(set), (Pairs{{0, 70}}));
}

TEST(RangeSet, ClosesItsSmallestGapWhenItIsFull) {
    RangeSet<3> set;
    for (const u64 start : {100u, 0u, 50u}) {
        set.add(range(start, start + 10));
    }
    set.add(range(80, 85));
    EXPECT_EQ(pairs(set), (Pairs{{0, 10}, {50, 60}, {80, 110}}));
    set.add(range(200, 201));
    EXPECT_EQ(pairs(set), (Pairs{{0, 10}, {50, 110}, {200, 201}}));
}

TEST(RangeSet, TakesNoMoreThanItHasRoomFor) {
    RangeSet<2> set;
    set.add_if_room(range(0, 10));
    set.add_if_room(range(20, 30));
    set.add_if_room(range(40, 50));
    EXPECT_EQ(pairs(set), (Pairs{{0, 10}, {20, 30}}));
    set.add_if_room(range(30, 35));
    set.add_if_room(range(10, 20));
    EXPECT_EQ(pairs(set), (Pairs{{0, 35}}));
}

/// Against a map of addresses: all that was added is covered, and while there is room nothing else.
TEST(RangeSet, CoversWhatWasAdded) {
    u64 seed = 1;
    const auto next = [&](u64 below) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return (seed >> 33) % below;
    };
    for (usize round = 0; round < 200; ++round) {
        RangeSet<8> set;
        std::vector<bool> covered(256);
        bool was_full = false;
        for (usize i = 0; i < 12; ++i) {
            const u64 start = next(240);
            const u64 size = next(12);
            set.add(range(start, start + size));
            std::fill_n(covered.begin() + static_cast<std::ptrdiff_t>(start), size, true);
            was_full = was_full || set.items().size() == 8;
        }
        for (u64 at = 0; at < covered.size(); ++at) {
            bool found = false;
            for (const HostRange& item : set.items()) {
                found = found || item.contains(HostAddress(at));
            }
            EXPECT_TRUE(was_full && found ? true : found == covered[at]) << at;
        }
        for (usize i = 1; i < set.items().size(); ++i) {
            EXPECT_LT(set.items()[i - 1].end(), set.items()[i].start());
        }
    }
}

}  // namespace
}  // namespace isthmus::dom0less
