// SPDX-License-Identifier: Apache-2.0
#include "fdt/device.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;
using Ranges = std::vector<std::pair<u64, u64>>;

constexpr const char* source = R"(/dts-v1/;
/ {
    #address-cells = <2>; #size-cells = <2>;
    uart { reg = <0 0x9000000 0 0x1000>, <0 0x9002000 0 0>; };
    bus {
        compatible = "vendor,bus", "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        reg = <0 0x30000000 0 0x400000>; ranges = <0 0 0x30000000 0x400000>;
        timer { reg = <0x1000 0x100>; };
        off { status = "disabled"; sub { reg = <0x2000 0x100>; }; };
    };
    part { compatible = "simple-mfd"; reg = <0 0x40000000 0 0x1000>; ranges; };
    opaque { #address-cells = <1>; #size-cells = <1>; sub { reg = <0 1>; }; };
    pcie {
        device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
        reg = <0x40 0x10000000 0 0x10000000>;
        ranges = <0x1000000 0 0 0 0x3eff0000 0 0x10000>, <0x2000000 0 0x10000000 0 0x10000000 0 0x2eff0000>;
    };
};
)";

Ranges windows(OpenedTree& opened, const char* path) {
    Ranges ranges;
    for (const HostRange& window : device_windows(opened.at(path), opened.arena)) {
        ranges.emplace_back(window.start().raw(), window.size());
    }
    return ranges;
}

TEST(Device, AWindowInTheseWholePages) {
    OpenedTree opened{std::string(source)};
    const auto in = [&](const char* path, u64 start, u64 size) {
        const auto window = window_in(opened.at(path), *HostRange::from(HostAddress(start), size));
        return window ? window->start().raw() : 0;
    };
    EXPECT_EQ(in("/bus/timer", 0x3000'1fff, 1), 0x3000'1000u);
    EXPECT_EQ(in("/bus/timer", 0x3000'2000, 0x1000), 0u);
    EXPECT_EQ(in("/uart", 0x900'2000, 0x1000), 0u) << "that one is empty";
    EXPECT_EQ(in("/bus", 0x3000'0000, 0x1000), 0u) << "no more than wires";
    EXPECT_EQ(in("/pcie", 0x2000'0000, 0x1000), 0x1000'0000u) << "behind the bridge";
}

TEST(Device, RegistersAtHostAddresses) {
    OpenedTree opened{std::string(source)};
    EXPECT_EQ(windows(opened, "/uart"), (Ranges{{0x900'0000, 0x1000}}));
    EXPECT_EQ(windows(opened, "/bus/timer"), (Ranges{{0x3000'1000, 0x100}}));
    EXPECT_EQ(windows(opened, "/opaque/sub"), Ranges{});
}

TEST(Device, ABusHasNoneButAnMfdHas) {
    OpenedTree opened{std::string(source)};
    EXPECT_EQ(windows(opened, "/bus"), Ranges{});
    EXPECT_EQ(windows(opened, "/part"), (Ranges{{0x4000'0000, 0x1000}}));
}

TEST(Device, ABridgeHasTheWindowsBehindIt) {
    OpenedTree opened{std::string(source)};
    EXPECT_EQ(windows(opened, "/pcie"), (Ranges{{0x40'1000'0000, 0x1000'0000},
                                                {0x3eff'0000, 0x1'0000},
                                                {0x1000'0000, 0x2eff'0000}}));
}

TEST(Device, OnlyABridgesPrefetchableMemoryIsThat) {
    OpenedTree opened{std::string(R"(/dts-v1/;
/ {
    #address-cells = <2>; #size-cells = <2>;
    pcie {
        device_type = "pci"; #address-cells = <3>; #size-cells = <2>; reg = <0 0x10000000 0 0x1000>;
        ranges = <0x41000000 0 0 0 0x20000000 0 0x10000>, <0x2000000 0 0 0 0x30000000 0 0x10000>,
                 <0x42000000 0 0 0 0x40000000 0 0x10000>, <0x43000000 0 0 0 0x50000000 0 0x10000>;
    };
    other { ranges = <0x43000000 0 0 0 0x60000000 0 0x10000>; };
};
)")};
    const auto found = prefetchable_windows(opened.at("/pcie"), opened.arena);
    ASSERT_EQ(found.size(), 2u) << "of 32 and of 64 bits; what is I/O, or not marked, is not";
    EXPECT_EQ(found[0].start(), HostAddress(0x4000'0000));
    EXPECT_EQ(found[1].start(), HostAddress(0x5000'0000));
    EXPECT_TRUE(prefetchable_windows(opened.at("/other"), opened.arena).empty());
}

TEST(Device, WhatIsBelowADisabledNodeIsNotThere) {
    OpenedTree opened{std::string(source)};
    EXPECT_TRUE(is_present(opened.at("/bus/timer")));
    EXPECT_FALSE(is_present(opened.at("/bus/off")));
    EXPECT_FALSE(is_present(opened.at("/bus/off/sub")));
}

}  // namespace
}  // namespace isthmus::fdt
