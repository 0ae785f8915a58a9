// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree_writer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

TEST(TreeWriter, WhatIsWrittenIsRead) {
    const test::OpenedTree opened(test::write_tree([](TreeWriter& tree) {
        tree.cells("#address-cells", {2});
        tree.begin_node("memory", 0x140000000);
        tree.cells64("reg", {0x140000000, 0x1000});
        tree.text("name", "x");
        tree.texts("compatible", {"a", "", "b"});
        tree.empty("no-map");
        tree.end_node();
    }));
    ASSERT_TRUE(opened.tree);
    const Node node = opened.at("/memory@140000000");
    EXPECT_EQ(node.property("reg")->cells(0, 2), 0x140000000u);
    EXPECT_EQ(node.property("reg")->cells(2, 2), 0x1000u);
    EXPECT_EQ(node.property("compatible")->text(2), "b");
    EXPECT_TRUE(node.property("no-map")->empty());
    EXPECT_EQ(node.text("name"), "x");
}

TEST(TreeWriter, UnitNamesAreHexadecimal) {
    EXPECT_EQ(TreeWriter::unit_name("uart", 0x22000000).view(), "uart@22000000");
    EXPECT_EQ(TreeWriter::unit_name("cpu", 0).view(), "cpu@0");
    EXPECT_EQ(TreeWriter::unit_name("m", ~u64{0}).view(), "m@ffffffffffffffff");
}

TEST(TreeWriter, ABufferThatIsTooSmallIsAnError) {
    for (usize size = 0; size < 256; size += 8) {
        std::vector<std::byte> buffer(size);
        TreeWriter tree(buffer);
        tree.text("model", std::string(200, 'm'));
        const auto bytes = tree.finish();
        ASSERT_FALSE(bytes) << size;
        EXPECT_EQ(bytes.error(), Error::out_of_memory) << size;
    }
}

TEST(TreeWriter, MisuseIsAnError) {
    std::vector<std::byte> buffer(4096);
    TreeWriter unbalanced(buffer);
    unbalanced.begin_node("open");
    EXPECT_FALSE(unbalanced.finish());
    TreeWriter long_name(buffer);
    long_name.begin_node(std::string(200, 'n'));
    const auto bytes = long_name.finish();
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error(), Error::invalid_argument);
}

}  // namespace
}  // namespace isthmus::fdt
