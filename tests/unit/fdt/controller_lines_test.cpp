// SPDX-License-Identifier: Apache-2.0
#include "fdt/controller_lines.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;
using Lines = std::vector<u32>;

constexpr const char* source = R"(/dts-v1/;
/ {
    interrupt-parent = <&gic>;
    gic: gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
    pdc: pdc {
        compatible = "qcom,sc7180-pdc", "qcom,pdc"; qcom,pdc-ranges = <0 480 2>, <94 10 3>;
        #interrupt-cells = <2>; interrupt-controller;
    };
    gpio { compatible = "amlogic,meson-gpio-intc"; amlogic,channel-interrupts = <64 65>; };
    router: router { compatible = "ti,sci-intr"; ti,interrupt-ranges = <0 104 2>; #interrupt-cells = <1>; };
    behind { compatible = "ti,sci-inta"; ti,interrupt-ranges = <0 0 64>; interrupt-parent = <&router>; };
    port { compatible = "marvell,ap806-gicp"; marvell,spi-ranges = <64 2>, <64 3>, <288 1>; };
    another { compatible = "some"; marvell,spi-ranges = <64 2>; };
    both { compatible = "qcom,pdc"; qcom,pdc-ranges = <0 7 2>; interrupts = <0 8 1>; };
    wild { compatible = "ti,sci-intr"; ti,interrupt-ranges = <0 1018 0xffffffff>, <0 0 33>, <0 50>; };
};
)";

Lines lines_of(OpenedTree& opened, const char* path) {
    Lines lines;
    for (const Interrupt& line : all_interrupts(*opened.tree, opened.at(path), opened.arena)) {
        lines.push_back(line.intid);
    }
    return lines;
}

TEST(ControllerLines, EachKindInItsOwnForm) {
    OpenedTree opened{std::string(source)};
    EXPECT_EQ(lines_of(opened, "/pdc"), (Lines{512, 513, 42, 43, 44}));
    EXPECT_EQ(lines_of(opened, "/gpio"), (Lines{96, 97}));
    EXPECT_EQ(lines_of(opened, "/router"), (Lines{104, 105}));
    EXPECT_EQ(lines_of(opened, "/port"), (Lines{64, 65, 66, 288}));
}

TEST(ControllerLines, OnlyThoseOfTheGic) {
    OpenedTree opened{std::string(source)};
    EXPECT_EQ(lines_of(opened, "/behind"), Lines{});
    EXPECT_EQ(lines_of(opened, "/another"), Lines{});
    EXPECT_EQ(lines_of(opened, "/wild"), (Lines{1018, 1019, 32}));
}

TEST(ControllerLines, TheOwnOnesComeFirst) {
    OpenedTree opened{std::string(source)};
    EXPECT_EQ(lines_of(opened, "/both"), (Lines{40, 39}));
    EXPECT_TRUE(all_interrupts(*opened.tree, opened.at("/both"), opened.arena)[0].edge);
}

}  // namespace
}  // namespace isthmus::fdt
