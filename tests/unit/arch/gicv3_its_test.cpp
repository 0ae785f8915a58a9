// SPDX-License-Identifier: Apache-2.0
// An ITS that a boot loader has left on, of every manner that the architecture has.
#include "arch/arm64/gic/gicv3_its.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace isthmus::arch {
namespace {

HostRange range(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}

struct FakeIts {
    u32 control = gits::ctlr_quiescent;
    u32 busy_looks = 0;  ///< how often it is not quiescent after it was turned off
    bool is_sticky = false;
    u32 writes = 0;

    u32 read32(u64 offset) {
        EXPECT_EQ(offset, gits::ctlr);
        if ((control & gits::ctlr_enabled) == 0 && busy_looks != 0) {
            --busy_looks;
            return control & ~gits::ctlr_quiescent;
        }
        return control;
    }
    u64 read64(u64 offset) const {
        return offset == gits::cbaser  ? gits::Valid::of(1) | 0x8000'0000 | 15
               : offset == gits::baser ? gits::Valid::of(1) | 0x9000'0000 | 1 << 8 | 3
                                       : 0x7777'0000;
    }
    void write32(u64 offset, u32 value) {
        EXPECT_EQ(offset, gits::ctlr);
        ++writes;
        control = is_sticky ? control : value | gits::ctlr_quiescent;
    }
};

struct ItsTest : testing::Test {
    Result<bool> quiesce(FakeIts& its) {
        return quiesce_its(its, [&](HostRange table) { left.push_back(table); });
    }
    std::vector<HostRange> left;
};

TEST_F(ItsTest, OneThatIsOffIsNotTouched) {
    FakeIts its;
    EXPECT_FALSE(*quiesce(its));
    EXPECT_EQ(its.writes, 0u);
}

TEST_F(ItsTest, OneThatIsOnGoesOffAndComesToRest) {
    FakeIts its{.control = 0x0000'0011, .busy_looks = 100};
    EXPECT_TRUE(*quiesce(its));
    EXPECT_EQ(its.control, gits::ctlr_quiescent | 0x10u) << "other bits stay";
    EXPECT_EQ(its.busy_looks, 0u) << "the tables are its own until it is quiescent";
    EXPECT_TRUE(left.empty());
}

TEST_F(ItsTest, OneThatWasTurnedOffInHasteIsWaitedFor) {
    FakeIts its{.busy_looks = 100};
    EXPECT_FALSE(*quiesce(its));
    EXPECT_EQ(its.busy_looks, 0u);
    EXPECT_EQ(its.writes, 0u);
}

TEST_F(ItsTest, TablesOfOneThatDoesNotComeToRestAreTold) {
    const std::vector<HostRange> all{range(0x8000'0000, 16 * page_size),
                                     range(0x9000'0000, 4 * 16 * KiB)};
    FakeIts restless{.control = 1, .busy_looks = ~u32{0}};
    EXPECT_EQ(quiesce(restless).error(), Error::denied);
    EXPECT_EQ(left, all);
    left.clear();
    FakeIts sticky{.control = gits::ctlr_quiescent | 1, .is_sticky = true};
    EXPECT_EQ(quiesce(sticky).error(), Error::denied);
    EXPECT_EQ(left, all);
}

TEST_F(ItsTest, PagesHaveThreeSizes) {
    EXPECT_EQ(its_table(gits::Valid::of(1) | 0x8000'1000 | 1), range(0x8000'1000, 2 * 4 * KiB));
    EXPECT_EQ(its_table(gits::Valid::of(1) | 0x8001'3000 | 2 << 8),
              range(0x3'0000'8001'0000, 64 * KiB));
    EXPECT_TRUE(its_table(0x8000'1000).empty());
    EXPECT_TRUE(its_queue(0x8000'1000).empty());
}

}  // namespace
}  // namespace isthmus::arch
