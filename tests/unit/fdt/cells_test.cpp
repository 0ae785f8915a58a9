// SPDX-License-Identifier: Apache-2.0
#include "fdt/cells.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;

HostRange host(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}

TEST(Cells, DefaultsAndRequirement) {
    const OpenedTree opened{
        std::string("/dts-v1/; / { a { }; b { #address-cells = <1>; "
                    "#size-cells = <2>; }; c { #address-cells = <3>; "
                    "#size-cells = <1>; }; };")};
    EXPECT_EQ(child_cells(opened.at("/a")).address, 2u);
    EXPECT_EQ(child_cells(opened.at("/a")).size, 1u);
    EXPECT_FALSE(required_cells(opened.at("/a")));
    EXPECT_EQ(required_cells(opened.at("/b"))->size, 2u);
    EXPECT_FALSE(required_cells(opened.at("/c")));
    EXPECT_FALSE(child_cells(opened.at("/c")).are_readable());
}

constexpr const char* buses = R"(/dts-v1/;
/ {
    #address-cells = <2>; #size-cells = <2>;
    plain@1000 { reg = <0 0x1000 0 0x100>, <1 0 0 0x200>; };
    soc {
        #address-cells = <1>; #size-cells = <1>;
        ranges = <0x0 0x0 0x10000000 0x1000000>, <0x80000000 0x8 0x0 0x1000>;
        dev@100 { reg = <0x100 0x10>; };
        high@80000800 { reg = <0x80000800 0x100>; };
        over@80000f80 { reg = <0x80000f80 0x100>; };
        outside@2000000 { reg = <0x2000000 0x10>; };
        inner { #address-cells = <1>; #size-cells = <1>; ranges; deep@200 { reg = <0x200 0x20>; }; };
        closed { #address-cells = <1>; #size-cells = <1>; dev@0 { reg = <0 1>; }; };
    };
    pci { #address-cells = <3>; #size-cells = <2>; ranges; dev@0 { reg = <0 0 0 0 1>; }; };
    odd { reg = <0 0 0>; };
    wrap { reg = <0xffffffff 0xfffff000 0 0x2000>; };
};
)";

TEST(Cells, RegIsReadInTheParentsCells) {
    const OpenedTree opened{std::string(buses)};
    const Node plain = opened.at("/plain");
    EXPECT_EQ(reg_count(plain), 2u);
    EXPECT_EQ(reg_entry(plain, 1).address, 0x100000000u);
    EXPECT_EQ(reg_entry(plain, 1).size, 0x200u);
    EXPECT_EQ(reg_count(opened.at("/odd")), std::nullopt);
    EXPECT_EQ(reg_count(opened.at("/soc")), std::nullopt);
    EXPECT_EQ(reg_count(opened.at("/pci/dev")), std::nullopt);
}

TEST(Cells, DevicesAreTranslatedThroughBuses) {
    const OpenedTree opened{std::string(buses)};
    EXPECT_EQ(device_range(opened.at("/plain"), 0), host(0x1000, 0x100));
    EXPECT_EQ(device_range(opened.at("/soc/dev"), 0), host(0x10000100, 0x10));
    EXPECT_EQ(device_range(opened.at("/soc/high"), 0), host(0x800000800, 0x100));
    EXPECT_EQ(device_range(opened.at("/soc/inner/deep"), 0), host(0x10000200, 0x20));
}

TEST(Cells, WhatNoBusHandsOnHasNoRange) {
    const OpenedTree opened{std::string(buses)};
    EXPECT_FALSE(device_range(opened.at("/soc/over"), 0));
    EXPECT_FALSE(device_range(opened.at("/soc/outside"), 0));
    EXPECT_FALSE(device_range(opened.at("/soc/closed/dev"), 0));
    EXPECT_FALSE(device_range(opened.at("/plain"), 2));
    EXPECT_FALSE(device_range(opened.at("/pci/dev"), 0));
    EXPECT_FALSE(device_range(opened.at("/wrap"), 0));
}

}  // namespace
}  // namespace isthmus::fdt
