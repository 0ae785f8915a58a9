// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/map/el2_descriptor.hpp"

#include <gtest/gtest.h>

#include "mm/page_table.hpp"
#include "tests/unit/mm/recording_memory.hpp"

namespace isthmus::arch {
namespace {

static_assert(mm::TableFormat<El2Format>);

constexpr El2Attributes code{El2Memory::normal_wb, El2Access::read_execute};
constexpr El2Attributes constants{El2Memory::normal_wb, El2Access::read_only};
constexpr El2Attributes data{El2Memory::normal_wb, El2Access::read_write};
constexpr El2Attributes registers{El2Memory::device_ngnre, El2Access::read_write};
constexpr El2Attributes uncached{El2Memory::normal_nc, El2Access::read_write};

TEST(El2Descriptor, MairHoldsOneByteAMemoryType) {
    EXPECT_EQ(el2::mair, 0x44'ff04U);
}

// Words written out by hand from the manual's figures.
TEST(El2Descriptor, PagesOfEachKind) {
    const HostAddress host(0x4008'1000);
    // XN 54, GP 50, AF 10, SH 9:8, AP[2:1] 7:6 (AP[1] is RES1), AttrIndx 4:2, 0b11.
    EXPECT_EQ(El2Format::leaf(host, 3, code), 0x0004'0000'4008'17c7U);
    EXPECT_EQ(El2Format::leaf(host, 3, constants), 0x0040'0000'4008'17c7U);
    EXPECT_EQ(El2Format::leaf(host, 3, data), 0x0040'0000'4008'1747U);
    EXPECT_EQ(El2Format::leaf(host, 3, registers), 0x0040'0000'4008'1643U);
    EXPECT_EQ(El2Format::leaf(host, 3, uncached), 0x0040'0000'4008'164bU);
    EXPECT_EQ(El2Format::leaf(HostAddress(GiB), 1, data), 0x0040'0000'4000'0745U);
    EXPECT_EQ(El2Format::table(host), 0x4008'1003U);
}

TEST(El2Descriptor, NothingIsWritableAndExecutable) {
    for (const El2Access access :
         {El2Access::read_only, El2Access::read_write, El2Access::read_execute}) {
        const u64 entry = El2Format::leaf(HostAddress(0), 3, {El2Memory::normal_wb, access});
        EXPECT_TRUE(el2::Ap2::get(entry) == 1 || el2::Xn::get(entry) == 1);
    }
}

TEST(El2Descriptor, ReadsBackWhatItWrote) {
    for (const unsigned level : {1U, 2U, 3U}) {
        for (const El2Attributes& attributes : {code, constants, data, registers, uncached}) {
            const u64 entry = El2Format::leaf(HostAddress(0xffff'c000'0000), level, attributes);
            EXPECT_TRUE(El2Format::is_valid(entry));
            EXPECT_FALSE(El2Format::is_table(entry, level));
            EXPECT_EQ(El2Format::address(entry), HostAddress(0xffff'c000'0000));
            EXPECT_EQ(El2Format::attributes(entry), attributes);
            const u64 detached = El2Format::detached(entry);
            EXPECT_FALSE(El2Format::is_valid(detached));
            EXPECT_FALSE(El2Format::is_table(detached, level));
            EXPECT_EQ(El2Format::attributes(detached), attributes);
        }
    }
    EXPECT_TRUE(El2Format::is_table(El2Format::table(HostAddress(0x1000)), 1));
}

TEST(El2Descriptor, PageTablesTakeIt) {
    constexpr mm::TableGeometry geometry{0, 48};
    using Memory = mm::test::RecordingMemory<El2Format>;
    Memory memory{geometry};
    mm::PageTable<El2Format, Memory> table{memory, memory.root(), geometry};
    const HypRange image = HypRange::from(HypAddress(0x4000'0000), 4 * MiB).value();
    ASSERT_TRUE(table.map(image, HostAddress(0x4000'0000), data));
    const HypRange text = HypRange::from(HypAddress(0x4000'0000), 64 * KiB).value();
    ASSERT_TRUE(table.change(text, code));
    EXPECT_EQ(table.translate(HypAddress(0x4000'ffff))->attributes, code);
    EXPECT_EQ(table.translate(HypAddress(0x4001'0000))->attributes, data);
    const auto ignore = [](const auto&) {};
    table.clear(ignore);
    EXPECT_EQ(memory.tables(), 0U);
}

}  // namespace
}  // namespace isthmus::arch
