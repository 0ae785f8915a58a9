// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/free_memory.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace isthmus::dom0less {
namespace {

HostRange host(u64 start, u64 end) {
    return *HostRange::between(HostAddress(start), HostAddress(end));
}

class FreeMemoryTest : public testing::Test {
  protected:
    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    FreeMemory free_{arena_};
};

TEST_F(FreeMemoryTest, RemovingCutsPiecesInWholePages) {
    free_.add(host(0x10000, 0x20000));
    free_.add(host(0x0, 0x4000));
    free_.remove(host(0x12800, 0x13001));
    free_.remove(host(0x3fff, 0x10001));
    ASSERT_EQ(free_.pieces().size(), 3u);
    EXPECT_EQ(free_.pieces()[0], host(0, 0x3000));
    EXPECT_EQ(free_.pieces()[1], host(0x11000, 0x12000));
    EXPECT_EQ(free_.pieces()[2], host(0x14000, 0x20000));
    EXPECT_EQ(free_.total(), 0x3000u + 0x1000u + 0xc000u);
}

TEST_F(FreeMemoryTest, TakesTheHighestCongruentRange) {
    free_.add(host(0x40000000, 0x7ff00000));
    EXPECT_EQ(free_.take(4 * MiB, GuestAddress(0x40000000), 2 * MiB), host(0x7fa00000, 0x7fe00000));
    EXPECT_EQ(free_.take(4 * MiB, GuestAddress(0x40100000), 2 * MiB), host(0x7f500000, 0x7f900000));
    EXPECT_EQ(free_.take(2 * GiB, GuestAddress(0), page_size), std::nullopt);
    EXPECT_EQ(free_.take(0x1000, GuestAddress(0), page_size), host(0x7feff000, 0x7ff00000));
}

TEST_F(FreeMemoryTest, TakesTheLargestPiece) {
    free_.add(host(0x100000, 0x700000));
    free_.add(host(0x1000000, 0x1300000));
    EXPECT_EQ(free_.take_largest(64 * MiB, GuestAddress(0), 2 * MiB), host(0x200000, 0x600000));
    EXPECT_EQ(free_.take_largest(2 * MiB, GuestAddress(0), 2 * MiB), host(0x1000000, 0x1200000));
    EXPECT_TRUE(free_.take_largest(64 * MiB, GuestAddress(0), 2 * MiB).empty());
    EXPECT_EQ(free_.take_largest(0x1000, GuestAddress(0), page_size).size(), 0x1000u);
}

TEST_F(FreeMemoryTest, TakesLowForTheHeap) {
    free_.add(host(0x0, 0x10000));
    free_.add(host(0x100000, 0x200000));
    EXPECT_EQ(free_.take_low(0x20000), host(0x100000, 0x120000));
    EXPECT_EQ(free_.take_low(0x8000), host(0x0, 0x8000));
    EXPECT_EQ(free_.take_low(1 * GiB), host(0x120000, 0x200000));
}

TEST_F(FreeMemoryTest, NothingIsThereWhenNothingWasAdded) {
    free_.add(HostRange{});
    EXPECT_EQ(free_.total(), 0u);
    EXPECT_TRUE(free_.take_low(1).empty());
    EXPECT_FALSE(free_.take(1, GuestAddress(0), page_size));
}

}  // namespace
}  // namespace isthmus::dom0less
