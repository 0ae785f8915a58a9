// SPDX-License-Identifier: Apache-2.0
#include "fdt/interrupts.hpp"

#include <gtest/gtest.h>

#include "fdt/interrupt_map.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;

constexpr const char* source = R"(/dts-v1/;
/ {
    interrupt-parent = <&gic>;
    gic: gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; self { interrupts = <1 9 4>; }; };
    gpio: gpio { interrupt-controller; #interrupt-cells = <2>; };
    inherited { sub { interrupts = <0 1 4>, <1 14 8>; interrupt-names = "spi", "ppi"; }; };
    own { interrupt-parent = <&gpio>; interrupts = <3 4>; };
    extended { interrupts-extended = <&gpio 1 2>, <&gic 0 7 4>; };
    cut { interrupts-extended = <&gic 0 7>; };
    wrong { interrupts = <2 1 4>, <1 16 4>, <0 988 4>, <0 987 4>; };
    lost { interrupt-parent = <77>; interrupts = <0 1 4>; };
    short { interrupts = <0 1>; };
};
)";

std::optional<u32> intid(const OpenedTree& opened, const char* path, usize index = 0) {
    return interrupt_intid(*opened.tree, opened.at(path), index);
}

TEST(Interrupts, ParentsAreInherited) {
    const OpenedTree opened{std::string(source)};
    EXPECT_EQ(intid(opened, "/inherited/sub"), 33u);
    EXPECT_EQ(intid(opened, "/inherited/sub", 1), 30u);
    EXPECT_EQ(intid(opened, "/inherited/sub", 2), std::nullopt);
    EXPECT_EQ(intid(opened, "/gic/self"), 25u);
}

TEST(Interrupts, NamesPick) {
    const OpenedTree opened{std::string(source)};
    const Node node = opened.at("/inherited/sub");
    EXPECT_EQ(interrupt_intid(*opened.tree, node, "ppi"), 30u);
    EXPECT_EQ(interrupt_intid(*opened.tree, node, "none"), std::nullopt);
}

TEST(Interrupts, ExtendedStepsByEachControllersCells) {
    const OpenedTree opened{std::string(source)};
    EXPECT_EQ(intid(opened, "/extended", 0), std::nullopt);
    EXPECT_EQ(intid(opened, "/extended", 1), 39u);
    EXPECT_EQ(intid(opened, "/extended", 2), std::nullopt);
    EXPECT_EQ(intid(opened, "/cut"), std::nullopt);
}

TEST(Interrupts, OnlyWhatTheGicCanRaise) {
    const OpenedTree opened{std::string(source)};
    EXPECT_EQ(intid(opened, "/own"), std::nullopt);
    EXPECT_EQ(intid(opened, "/wrong", 0), std::nullopt);
    EXPECT_EQ(intid(opened, "/wrong", 1), std::nullopt);
    EXPECT_EQ(intid(opened, "/wrong", 2), std::nullopt);
    EXPECT_EQ(intid(opened, "/wrong", 3), 1019u);
    EXPECT_EQ(intid(opened, "/lost"), std::nullopt);
    EXPECT_EQ(intid(opened, "/short"), std::nullopt);
    EXPECT_EQ(intid(opened, "/gic"), std::nullopt);
}

TEST(Interrupts, FlagsTellEdgesFromLevels) {
    const OpenedTree opened{std::string(R"(/dts-v1/; / { interrupt-parent = <1>;
        gic { phandle = <1>; compatible = "arm,gic-400"; interrupt-controller;
              #interrupt-cells = <3>; };
        dev { interrupts = <0 1 1>, <0 1 2>, <0 1 4>, <0 1 8>, <0 1 0>; }; };)")};
    const auto is_edge = [&](usize index) {
        return find_interrupt(*opened.tree, opened.at("/dev"), index)->edge;
    };
    EXPECT_TRUE(is_edge(0));
    EXPECT_TRUE(is_edge(1));
    EXPECT_FALSE(is_edge(2));
    EXPECT_FALSE(is_edge(3));
    EXPECT_FALSE(is_edge(4));
}

TEST(Interrupts, OtherControllersOfThreeCellsAreNoGic) {
    const OpenedTree opened{std::string(R"(/dts-v1/; / { interrupt-parent = <&pins>;
        gic { phandle = <1>; compatible = "arm,gic-v3"; interrupt-controller;
              #interrupt-cells = <3>; };
        pins: pins { compatible = "allwinner,sun50i-a64-pinctrl"; interrupt-controller;
              #interrupt-cells = <3>; interrupt-parent = <1>; interrupts = <0 11 4>; };
        gpc: gpc { compatible = "fsl,imx8mm-gpc"; interrupt-controller; #interrupt-cells = <3>;
              interrupt-parent = <1>; };
        button { interrupts = <0 3 4>; };
        uart { interrupt-parent = <&gpc>; interrupts = <0 26 4>; }; };)")};
    EXPECT_EQ(intid(opened, "/button"), std::nullopt);
    EXPECT_EQ(intid(opened, "/pins"), 43u);
    EXPECT_EQ(intid(opened, "/uart"), 58u);
}

/// The last line leads to a controller that is no GIC; the parent of the first has a unit address.
constexpr const char* bridge = R"(/dts-v1/;
/ {
    interrupt-parent = <&gic>; #address-cells = <2>; #size-cells = <2>;
    gic: gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
               #address-cells = <2>; };
    gpio: gpio { interrupt-controller; #interrupt-cells = <2>; };
    pcie: pcie {
        device_type = "pci"; #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>;
        interrupt-map-mask = <0x1800 0 0 7>;
        interrupt-map = <0x0000 0 0 1 &gic 0 0 0 3 4>, <0x0000 0 0 2 &gic 0 0 0 4 4>,
                        <0x0800 0 0 1 &gic 0 0 0 4 1>, <0x1000 0 0 1 &gpio 5 4>;
        interrupts = <0 9 4>;
        first { reg = <0x2000 0 0 0 0>; interrupts = <2>; };
        second { reg = <0x0800 0 0 0 0>; interrupts = <1>; };
        third { reg = <0x1000 0 0 0 0>; interrupts = <1>; };
        fourth { reg = <0x1800 0 0 0 0>; interrupts = <1>; };
    };
    bus { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <7 &gic 0 0 0 7 4>;
          dev { interrupts = <7>; }; };
    cut { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <1 &gic 0 0 0>;
          dev { interrupts = <1>; }; };
    ring: ring { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <1 &ring 1>;
          dev { interrupts = <1>; }; };
};
)";

TEST(Interrupts, MapsHandThemOn) {
    const OpenedTree opened{std::string(bridge)};
    EXPECT_EQ(intid(opened, "/pcie/first"), 36u);
    EXPECT_EQ(intid(opened, "/pcie/second"), 36u);
    EXPECT_EQ(intid(opened, "/pcie/third"), std::nullopt);
    EXPECT_EQ(intid(opened, "/pcie/fourth"), std::nullopt);
    EXPECT_EQ(intid(opened, "/bus/dev"), 39u);
    EXPECT_EQ(intid(opened, "/cut/dev"), std::nullopt);
    EXPECT_EQ(intid(opened, "/ring/dev"), std::nullopt);
}

TEST(Interrupts, AllOfANodeEachOnce) {
    const OpenedTree opened{std::string(bridge)};
    Arena& arena = const_cast<OpenedTree&>(opened).arena;
    std::vector<u32> found;
    for (const Interrupt& interrupt : all_interrupts(*opened.tree, opened.at("/pcie"), arena)) {
        found.push_back(interrupt.intid);
    }
    EXPECT_EQ(found, (std::vector<u32>{41, 35, 36}));
    EXPECT_TRUE(all_interrupts(*opened.tree, opened.at("/ring"), arena).empty());
    EXPECT_TRUE(all_interrupts(*opened.tree, opened.at("/bus"), arena).empty());
    EXPECT_TRUE(all_interrupts(*opened.tree, opened.at("/gpio"), arena).empty());
}

TEST(Interrupts, NoParentAtAll) {
    const OpenedTree opened{std::string("/dts-v1/; / { dev { interrupts = <0 1 4>; }; };")};
    EXPECT_EQ(intid(opened, "/dev"), std::nullopt);
}

}  // namespace
}  // namespace isthmus::fdt
