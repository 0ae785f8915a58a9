// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/map/stage2_descriptor.hpp"

#include <gtest/gtest.h>

#include "mm/guest_map.hpp"
#include "tests/unit/mm/recording_memory.hpp"

namespace isthmus::arch {
namespace {

using enum mm::MappingType;
static_assert(mm::TableFormat<Stage2Format>);

constexpr HostAddress host(0x1234'5678'9000);
constexpr u64 address = 0x1234'5678'9000;

// Words written out by hand from the manual's figures.
TEST(Stage2Descriptor, PagesOfEachType) {
    // Software type 58:55, XN 54, AF 10, SH 9:8, S2AP 7:6, MemAttr 5:2, 0b11.
    EXPECT_EQ(Stage2Format::leaf(host, 3, ram_rw), address | 0x0080'0000'0000'07ff);
    EXPECT_EQ(Stage2Format::leaf(host, 3, ram_ro), address | 0x0140'0000'0000'077f);
    EXPECT_EQ(Stage2Format::leaf(host, 3, shared_rw), address | 0x01c0'0000'0000'07ff);
    EXPECT_EQ(Stage2Format::leaf(host, 3, device), address | 0x0240'0000'0000'06c7);
    EXPECT_EQ(Stage2Format::leaf(host, 3, foreign_rw), address | 0x02c0'0000'0000'07ff);
    EXPECT_EQ(Stage2Format::leaf(host, 3, foreign_ro), address | 0x0340'0000'0000'077f);
    EXPECT_EQ(Stage2Format::leaf(host, 3, device_nc), address | 0x0440'0000'0000'06d7);
}

TEST(Stage2Descriptor, ForcedWriteBackHasItsOwnCode) {
    stage2_normal_memory = stage2::memattr_forced_wb;
    const u64 ram = Stage2Format::leaf(host, 3, ram_rw);
    const u64 registers = Stage2Format::leaf(host, 3, device);
    const u64 prefetchable = Stage2Format::leaf(host, 3, device_nc);
    stage2_normal_memory = stage2::memattr_normal_wb;
    EXPECT_EQ(ram, address | 0x0080'0000'0000'07db);  // MemAttr 5:2 is 0b0110
    EXPECT_EQ(registers, Stage2Format::leaf(host, 3, device));
    EXPECT_EQ(prefetchable, Stage2Format::leaf(host, 3, device_nc));
}

TEST(Stage2Descriptor, BlocksEndIn01AndTablesIn11) {
    EXPECT_EQ(Stage2Format::leaf(HostAddress(GiB), 1, ram_rw) & 3, 1U);
    EXPECT_EQ(Stage2Format::leaf(HostAddress(GiB), 2, ram_rw) & 3, 1U);
    EXPECT_EQ(Stage2Format::table(HostAddress(0x4000'1000)), 0x4000'1003U);
}

TEST(Stage2Descriptor, OnlyOwnRamIsExecutableAndReadOnlyIsReadOnly) {
    for (const auto type : {ram_rw, ram_ro, shared_rw, device, foreign_rw, foreign_ro, device_nc}) {
        const u64 entry = Stage2Format::leaf(host, 3, type);
        EXPECT_EQ(stage2::Xn::get(entry) == 0, type == ram_rw);
        EXPECT_EQ(stage2::XnLow::get(entry), 0U);
        EXPECT_EQ((stage2::S2ap::get(entry) & 2) == 0, type == ram_ro || type == foreign_ro);
        EXPECT_EQ(stage2::S2ap::get(entry) & 1, 1U);
        EXPECT_EQ(stage2::Af::get(entry), 1U);
    }
}

TEST(Stage2Descriptor, ReadsBackWhatItWrote) {
    for (const unsigned level : {1U, 2U, 3U}) {
        for (const auto type :
             {ram_rw, ram_ro, shared_rw, device, foreign_rw, foreign_ro, device_nc}) {
            const u64 entry = Stage2Format::leaf(HostAddress(0xffff'c000'0000), level, type);
            EXPECT_TRUE(Stage2Format::is_valid(entry));
            EXPECT_FALSE(Stage2Format::is_table(entry, level));
            EXPECT_EQ(Stage2Format::address(entry), HostAddress(0xffff'c000'0000));
            EXPECT_EQ(Stage2Format::attributes(entry), type);
            EXPECT_TRUE(Stage2Format::is_consistent(entry, level));
            const u64 detached = Stage2Format::detached(entry);
            EXPECT_FALSE(Stage2Format::is_valid(detached));
            EXPECT_NE(detached, 0U);
            EXPECT_FALSE(Stage2Format::is_table(detached, level));
            EXPECT_EQ(Stage2Format::address(detached), HostAddress(0xffff'c000'0000));
            EXPECT_EQ(Stage2Format::attributes(detached), type);
        }
    }
    const u64 table = Stage2Format::detached(Stage2Format::table(HostAddress(0x7000)));
    EXPECT_TRUE(Stage2Format::is_table(table, 2));
    EXPECT_FALSE(Stage2Format::is_valid(table));
    EXPECT_EQ(Stage2Format::address(table), HostAddress(0x7000));
}

TEST(Stage2Descriptor, TheAuditSeesAForgedPermission) {
    const u64 entry = Stage2Format::leaf(host, 3, foreign_ro);
    EXPECT_FALSE(Stage2Format::is_consistent(entry | stage2::S2ap::of(2), 3));
    EXPECT_FALSE(Stage2Format::is_consistent(entry & ~stage2::Xn::mask, 3));
    EXPECT_FALSE(Stage2Format::is_consistent(stage2::MemAttr::set(entry, 0), 3));
    EXPECT_FALSE(Stage2Format::is_consistent(stage2::MappingTypeField::set(entry, 5), 3));
}

TEST(Stage2Descriptor, GuestMapsKeepBreakBeforeMakeWithIt) {
    constexpr mm::TableGeometry geometry{1, 40};
    using Memory = mm::test::RecordingMemory<Stage2Format>;
    Memory memory{geometry};
    mm::PageTable<Stage2Format, Memory> table{memory, memory.root(), geometry};
    const auto range = [](u64 start, u64 size) {
        return GuestRange::from(GuestAddress(start), size).value();
    };
    for (const u64 page : {u64{0}, 2 * MiB - page_size, 2 * MiB, GiB - page_size, GiB, 2 * GiB}) {
        memory.watch(page);
    }
    memory.allowed = [](u64 input, const mm::test::Translation& found) {
        return std::get<0>(found) == input + 4 * GiB;
    };
    ASSERT_TRUE(table.map(range(0, 2 * GiB + page_size), HostAddress(4 * GiB), ram_rw));
    ASSERT_TRUE(table.change(range(2 * MiB, GiB), ram_ro));
    const auto ignore = [](const auto&) {};
    ASSERT_TRUE(table.unmap(range(page_size, GiB), ignore));
    ASSERT_TRUE(table.unmap(table.whole(), ignore));
    EXPECT_EQ(memory.tables(), 0U);
    memory.expect_all_visible();
}

}  // namespace
}  // namespace isthmus::arch
