// SPDX-License-Identifier: Apache-2.0
// The boot map, walked as a CPU walks it: what it shows of memory, with the caches on, is what was
// asked for and not one page more.
#include "arch/arm64/map/boot_tables.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>

namespace isthmus::arch {
namespace {

struct Seen {
    u64 host;
    El2Attributes attributes;
    bool operator==(const Seen&) const = default;
};

/// Virtual address of each page to what is seen there.
void walk(const u64* table, unsigned level, u64 virtual_start, std::map<u64, Seen>& seen) {
    for (u64 index = 0; index < 512; ++index) {
        const u64 entry = table[index];
        const u64 at = virtual_start + (index << (39 - 9 * level));
        if (!El2Format::is_valid(entry)) {
            continue;
        }
        if (El2Format::is_table(entry, level)) {
            walk(reinterpret_cast<const u64*>(El2Format::address(entry).raw()), level + 1, at,
                 seen);
            continue;
        }
        EXPECT_EQ(level, 3u) << "a block shows more than a page";
        seen[at] = {El2Format::address(entry).raw(), El2Format::attributes(entry)};
    }
}

std::map<u64, Seen> all_of(const BootTables& tables) {
    std::map<u64, Seen> seen;
    walk(reinterpret_cast<const u64*>(tables.root().raw()), 0, 0, seen);
    return seen;
}

constexpr BootImage image{HostAddress(0x4560'0000), 0x3000, 0x5000, 0x11'2000};
constexpr El2Attributes code{El2Memory::normal_wb, El2Access::read_execute};
constexpr El2Attributes constants{El2Memory::normal_wb, El2Access::read_only};
constexpr El2Attributes data{El2Memory::normal_wb, El2Access::read_write};

/// Filled twice: what a boot loader left in them goes, and nothing is forgotten by the second.
std::unique_ptr<BootTables> filled(HostRange tree) {
    auto tables = std::make_unique<BootTables>();
    std::memset(static_cast<void*>(tables.get()), 0xa5, sizeof(BootTables));
    tables->fill(image, tree);
    return tables;
}

HostRange pages(u64 tree, u64 bytes) {
    return boot_tree_pages(HostAddress(tree), bytes);
}

TEST(BootTables, ShowTheImageTheTreeAndThePageThatTurnsTheMmuOn) {
    const HostRange tree = pages(0x47ff'f008, 0x2100);
    std::map<u64, Seen> expected;
    for (u64 offset = 0; offset < image.end; offset += page_size) {
        expected[image_base + offset] = {image.start.raw() + offset, offset < 0x3000   ? code
                                                                     : offset < 0x5000 ? constants
                                                                                       : data};
    }
    for (u64 offset = 0; offset < 0x3000; offset += page_size) {
        expected[boot_tree_base + 0x1f'f000 + offset] = {0x47ff'f000 + offset, constants};
    }
    expected[image.start.raw()] = {image.start.raw(), code};
    EXPECT_EQ(all_of(*filled(tree)), expected);
}

TEST(BootTables, ShowOfATreeWhatItsHeaderSaysAndTheWindowHolds) {
    for (const u64 start : {0x4800'0000ul, 0x4800'0ff8ul, 0x481f'fff8ul}) {
        for (const u64 bytes : {0ul, 1ul, 8ul, 9ul, 0x1000ul, 0x20'0000ul, 0x1'0000'0000ul}) {
            const HostRange range = pages(start, bytes);
            EXPECT_TRUE(range.contains(HostAddress(start)));
            const u64 end = align_up(start + (bytes == 0 ? 1 : bytes), page_size);
            const u64 last = align_down(start, 2 * MiB) + boot_tree_window;
            EXPECT_EQ(range.end().raw(), end < last ? end : last);
            usize shown = 0;
            for (const auto& [at, seen] : all_of(*filled(range))) {
                shown += at >= boot_tree_base && at < boot_tree_base + boot_tree_window ? 1 : 0;
            }
            EXPECT_EQ(shown, range.pages());
        }
    }
}

TEST(BootTables, ReadATreesSizeOnlyWithItsMagic) {
    constexpr u8 tree[]{0xd0, 0x0d, 0xfe, 0xed, 0x00, 0x01, 0x02, 0x03};
    constexpr u8 other[]{0xd0, 0x0d, 0xfe, 0xee, 0x00, 0x01, 0x02, 0x03};
    EXPECT_EQ(boot_tree_bytes(tree), 0x1'0203u);
    EXPECT_EQ(boot_tree_bytes(other), 0u);
}

TEST(BootTables, ShowTheArenaInBlocks) {
    const auto tables = filled(pages(0x4800'0000, 100));
    const HostRange arena = *HostRange::from(HostAddress(0x40'0000), 4 * MiB);
    EXPECT_EQ(tables->map_arena(arena).raw(), arena_base);
    const u64* at = reinterpret_cast<const u64*>(tables->root().raw());
    for (unsigned level = 0; level < 2; ++level) {
        const u64 entry = at[(arena_base >> (39 - 9 * level)) & 511];
        ASSERT_TRUE(El2Format::is_table(entry, level));
        at = reinterpret_cast<const u64*>(El2Format::address(entry).raw());
    }
    for (u64 block = 0; block < 512; ++block) {
        ASSERT_EQ(El2Format::is_valid(at[block]), block < 2);
        ASSERT_FALSE(El2Format::is_table(at[block], 2));
    }
    EXPECT_EQ(El2Format::address(at[1]).raw(), 0x60'0000u);
    EXPECT_EQ(El2Format::attributes(at[1]), data);
}

TEST(BootTables, ShowADeviceAsDeviceMemoryPageByPage) {
    const auto tables = filled(pages(0x4800'0000, 100));
    const usize before = all_of(*tables).size();
    const HypAddress at = tables->map_device(*HostRange::from(HostAddress(0x0912'3010), 0x1000));
    EXPECT_EQ(at.raw(), device_base + 0x12'3010);
    const auto seen = all_of(*tables);
    EXPECT_EQ(seen.size(), before + 2);
    constexpr El2Attributes device{El2Memory::device_ngnre, El2Access::read_write};
    EXPECT_EQ(seen.at(device_base + 0x12'3000), (Seen{0x0912'3000, device}));
    EXPECT_EQ(seen.at(device_base + 0x12'4000), (Seen{0x0912'4000, device}));
}

}  // namespace
}  // namespace isthmus::arch
