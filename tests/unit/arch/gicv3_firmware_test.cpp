// SPDX-License-Identifier: Apache-2.0
// A redistributor whose LPIs a boot loader has turned on, of every manner that the architecture
// has.
#include "arch/arm64/gic/gicv3_firmware.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

struct FakeFrame {
    u32 control = 0;
    u64 propbaser = 0x8000'0000 | 15;
    u64 pendbaser = 0x8001'0000;
    bool is_sticky = false;
    u32 busy_looks = 0;  ///< how often RWP is seen after a write
    u32 writes = 0;

    u32 read32(u64 offset) {
        EXPECT_EQ(offset, gicr::ctlr);
        const bool busy = writes != 0 && busy_looks != 0;
        busy_looks -= busy ? 1 : 0;
        return control | (busy ? gicr::ctlr_rwp : 0);
    }
    u64 read64(u64 offset) const { return offset == gicr::propbaser ? propbaser : pendbaser; }
    void write32(u64 offset, u32 value) {
        EXPECT_EQ(offset, gicr::ctlr);
        ++writes;
        control = is_sticky ? value | (control & gicr::ctlr_enable_lpis) : value;
    }
};

TEST(Gicv3Firmware, LpisThatAreOffAreNotTouched) {
    FakeFrame frame{.control = 0x0700'0000};
    LpiTables left;
    EXPECT_TRUE(turn_off_lpis(frame, left));
    EXPECT_EQ(frame.writes, 0u);
}

TEST(Gicv3Firmware, LpisGoOffAndOtherBitsStay) {
    FakeFrame frame{.control = 0x0700'0001, .busy_looks = 100};
    LpiTables left;
    EXPECT_TRUE(turn_off_lpis(frame, left));
    EXPECT_EQ(frame.control, 0x0700'0000u);
    EXPECT_EQ(frame.busy_looks, 0u) << "the tables are the redistributor's until RWP is 0";
}

TEST(Gicv3Firmware, TablesOfThoseThatStayOnAreTold) {
    FakeFrame frame{.control = 1, .is_sticky = true};
    LpiTables left;
    EXPECT_FALSE(turn_off_lpis(frame, left));
    EXPECT_EQ(left.configuration, *HostRange::from(HostAddress(0x8000'0000), 65536 - 8192));
    EXPECT_EQ(left.pending, *HostRange::from(HostAddress(0x8001'0000), 65536 / 8));
}

TEST(Gicv3Firmware, OneThatNeverComesToRestIsGivenUp) {
    FakeFrame frame{.control = 1, .busy_looks = ~u32{0}};
    LpiTables left;
    EXPECT_FALSE(turn_off_lpis(frame, left));
    EXPECT_FALSE(left.pending.empty());
}

TEST(Gicv3Firmware, TablesHaveTheSizeOfTheirNumbers) {
    const LpiTables tables = lpi_tables(0x1234'5000 | 13 | u64{7} << 56, 0x1'0000'0000 | 0x780);
    EXPECT_EQ(tables.configuration, *HostRange::from(HostAddress(0x1234'5000), 8192));
    EXPECT_EQ(tables.pending, *HostRange::from(HostAddress(0x1'0000'0000), 4096))
        << "whole pages of 2 KiB";
    EXPECT_EQ(lpi_tables(0x5000, 0).configuration.size(), 8192u) << "fewer bits count as 14";
}

}  // namespace
}  // namespace isthmus::arch
