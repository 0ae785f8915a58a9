// SPDX-License-Identifier: Apache-2.0
#include "fdt/gic_node.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

TEST(GicNode, ByItsNames) {
    const test::OpenedTree opened{std::string(R"(/dts-v1/; / {
        three { compatible = "vendor,gic", "arm,gic-v3"; interrupt-controller; };
        two { compatible = "arm,gic-400"; interrupt-controller; };
        old { compatible = "arm,cortex-a15-gic"; interrupt-controller; };
        off { compatible = "arm,gic-v3"; interrupt-controller; status = "disabled"; };
        cpu { compatible = "arm,gic-v3"; };
        its { compatible = "arm,gic-v3-its"; };
    };)")};
    EXPECT_EQ(gic_version(opened.at("/three")), 3);
    EXPECT_EQ(gic_version(opened.at("/two")), 2);
    EXPECT_EQ(gic_version(opened.at("/old")), 2);
    EXPECT_EQ(gic_version(opened.at("/off")), 0);
    EXPECT_EQ(gic_version(opened.at("/cpu")), 0) << "no controller";
    EXPECT_EQ(gic_version(opened.at("/its")), 0);
}

}  // namespace
}  // namespace isthmus::fdt
