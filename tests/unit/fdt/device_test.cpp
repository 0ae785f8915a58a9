// SPDX-License-Identifier: Apache-2.0
#include "fdt/device.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

HostRange range(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}

std::vector<HostRange> windows(test::OpenedTree& opened, const char* path) {
    const auto list = device_windows(opened.at(path), opened.arena);
    return {list.begin(), list.end()};
}

TEST(DeviceWindows, ThroughBusesInTheirCells) {
    test::OpenedTree opened(R"(/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;
        soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0x1 0 0x10000>;
              a@0 { reg = <0x100 0x10 0x200 0 0x20000 0x10>; }; };
        i2c { #address-cells = <1>; #size-cells = <0>; b@50 { reg = <0x50>; }; };
        c { }; };)");
    EXPECT_EQ(windows(opened, "/soc/a@0"), std::vector{range(0x100000100, 0x10)});
    EXPECT_TRUE(windows(opened, "/i2c/b@50").empty());
    EXPECT_TRUE(windows(opened, "/c").empty());
}

TEST(DeviceWindows, AHostBridgeHasWhatLiesBehindIt) {
    test::OpenedTree opened(R"(/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;
        pcie@40 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
            reg = <0x40 0 0 0x1000000>;
            ranges = <0x1000000 0 0 0 0x3eff0000 0 0x10000
                      0x2000000 0 0x10000000 0 0x10000000 0 0x2eff0000>; }; };)");
    EXPECT_EQ(windows(opened, "/pcie@40"),
              (std::vector{range(0x4000000000, 0x1000000), range(0x3eff0000, 0x10000),
                           range(0x10000000, 0x2eff0000)}));
}

TEST(DevicePresence, ADisabledBusHidesWhatIsBelowIt) {
    const test::OpenedTree opened(R"(/dts-v1/; / { soc { status = "disabled"; a { }; };
        b { status = "okay"; }; c { status = "reserved"; }; };)");
    EXPECT_FALSE(is_present(opened.at("/soc/a")));
    EXPECT_TRUE(is_present(opened.at("/b")));
    EXPECT_FALSE(is_present(opened.at("/c")));
    EXPECT_TRUE(is_present(opened.at("/")));
}

}  // namespace
}  // namespace isthmus::fdt
