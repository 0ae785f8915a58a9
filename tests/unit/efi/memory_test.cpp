// SPDX-License-Identifier: Apache-2.0
#include "efi/memory.hpp"

#include <gtest/gtest.h>

#include "tests/unit/efi/map_writer.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::efi {
namespace {

using test::MapWriter;

std::string text(std::span<const HostRange> ranges) {
    TextBuffer<4096> text;
    for (const HostRange& one : ranges) {
        print(text, "{} ", one);
    }
    return std::string(text.view());
}

struct EfiMemory : testing::Test {
    MapWriter writer;
    FirmwareMemory memory;

    void read() { read_memory_map(writer.map(), memory); }
    std::string kept(const std::string& source) {
        Ranges kept;
        find_kept(test::compile_dts("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; " +
                                    source + " };"),
                  memory, kept);
        return text(kept.items());
    }
};

TEST_F(EfiMemory, WhatIsUsableAfterwards) {
    for (u32 type = 0; type <= 15; ++type) {
        writer.add(type, u64{type} << 20, 0x10);
    }
    read();
    EXPECT_EQ(text(memory.usable.items()),
              "0x100000-0x110000 0x200000-0x210000 0x300000-0x310000 0x400000-0x410000 "
              "0x700000-0x710000 ");
    EXPECT_EQ(memory.ram.items().size(), 9u);
    EXPECT_EQ(memory.in_use.items().size(), 15u);  // all but free memory
}

TEST_F(EfiMemory, AttributesSayNo) {
    writer.add(7, 0x10'0000, 1, 0);                                     // not write-back
    writer.add(4, 0x20'0000, 1, MapWriter::write_back | u64{1} << 63);  // for runtime services
    writer.add(7, 0x30'0000, 1, MapWriter::write_back | u64{1} << 18);  // for a purpose
    read();
    EXPECT_TRUE(memory.usable.items().empty());
    EXPECT_EQ(memory.in_use.items().size(), 3u);
}

TEST_F(EfiMemory, NeighboursAreOneInWhateverOrder) {
    writer.add(7, 0x4010'0000, 0x100);
    writer.add(1, 0x4000'0000, 0x80);
    writer.add(3, 0x4008'0000, 0x80);
    read();
    EXPECT_EQ(text(memory.usable.items()), "0x40000000-0x40200000 ");
    EXPECT_EQ(text(memory.in_use.items()), "0x40000000-0x40100000 ");
}

TEST_F(EfiMemory, NonsenseIsNotUsable) {
    writer.add(7, ~u64{0xfff}, 2);
    writer.add(7, 0x4000'0000, ~u64{0});
    writer.add(7, u64{1} << 60, 1);
    read();
    EXPECT_TRUE(memory.usable.items().empty());
    const FirmwareMemory before = memory;
    read_memory_map({writer.map().descriptors, 16, 0}, memory);
    EXPECT_EQ(text(memory.in_use.items()), text(before.in_use.items()));
}

TEST_F(EfiMemory, LongerDescriptorsAreWalked) {
    MapWriter longer(64);
    longer.add(7, 0x4000'0000, 1);
    longer.add(7, 0x5000'0000, 1);
    read_memory_map(longer.map(), memory);
    EXPECT_EQ(memory.usable.items().size(), 2u);
}

TEST_F(EfiMemory, KeptIsTheTreesRamThatIsNotUsable) {
    writer.add(7, 0x4000'0000, 0x100);   // to 0x40100000
    writer.add(6, 0x4010'0000, 0x10);    // kept
    writer.add(4, 0x4011'0000, 0x10);    // to 0x40120000; then nothing is known
    writer.add(7, 0x4014'0000, 0x2000);  // past the end of RAM
    writer.add(11, 0x900'0000, 1);       // a device
    read();
    EXPECT_EQ(kept("memory@40000000 { device_type = \"memory\"; reg = <0x40000000 0x1000000>; };"),
              "0x40100000-0x40110000 0x40120000-0x40140000 ");
    EXPECT_EQ(kept("memory@40000000 { device_type = \"memory\"; reg = <0x40000000 0x100000 "
                   "0x40110000 0x8000>; };"),
              "");
    EXPECT_EQ(kept("memory@30000000 { device_type = \"memory\"; reg = <0x30000000 0x1000>; };"),
              "0x30000000-0x30001000 ");
    EXPECT_EQ(kept("a { memory { device_type = \"memory\"; reg = <0x30000000 0x1000>; }; };"), "");
}

}  // namespace
}  // namespace isthmus::efi
