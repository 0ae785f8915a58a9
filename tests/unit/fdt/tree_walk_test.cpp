// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree_walk.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::Blob;
using test::compile_dts;

TEST(TreeWalk, MeetsTheNodesThatTheIndexHas) {
    const Blob blob = compile_dts(R"(/dts-v1/; /memreserve/ 0x1000 0x20; / {
        #address-cells = <1>; #size-cells = <2>; a = "x";
        one@1 { b = <1 2>; status = "okay"; two { status = "disabled"; #address-cells = <2>; }; };
        three { a; };
    };)");
    const test::OpenedTree opened(blob);
    auto walk = TreeWalk::open(opened.blob);
    ASSERT_TRUE(walk);
    EXPECT_EQ(walk->total_size(), blob.size());
    ASSERT_EQ(walk->reservation_count(), 1u);
    EXPECT_EQ(walk->reservation(0).address, 0x1000u);
    EXPECT_EQ(walk->reservation(0).size, 0x20u);
    for (usize i = 0; i < opened.tree->node_count(); ++i) {
        ASSERT_TRUE(walk->next());
        const Node node = opened.tree->node(i);
        EXPECT_EQ(walk->name(walk->depth()), node.name());
        EXPECT_EQ(walk->base_name(walk->depth()), node.base_name());
        EXPECT_EQ(walk->is_enabled(), node.is_enabled());
        EXPECT_EQ(walk->cells(walk->depth()).address, child_cells(node).address);
        EXPECT_EQ(walk->cells(walk->depth()).size, child_cells(node).size);
        for (const Property& property : node.properties()) {
            const auto found = walk->property(walk->depth(), property.name);
            ASSERT_TRUE(found);
            EXPECT_EQ(found->value.data(), property.value.data());
        }
        EXPECT_FALSE(walk->property(walk->depth(), "c"));
        if (node.name() == "two") {
            EXPECT_EQ(walk->name(1), "one@1");
            EXPECT_EQ(walk->nearest_cells(2, "#address-cells"), 2u);
            EXPECT_EQ(walk->nearest_cells(2, "#size-cells"), 2u);
            EXPECT_EQ(walk->nearest_cells(1, "#address-cells"), 1u);
            EXPECT_FALSE(walk->nearest_cells(2, "#c-cells"));
        }
    }
    EXPECT_FALSE(walk->is_whole());
    EXPECT_FALSE(walk->next());
    EXPECT_TRUE(walk->is_whole());
}

TEST(TreeWalk, IsNotWholeWhereTheTreeIsNot) {
    std::string deep;
    for (usize i = 0; i < limits::tree_depth; ++i) {
        deep += "n { ";
    }
    for (usize i = 0; i < limits::tree_depth; ++i) {
        deep += "}; ";
    }
    const Blob blob = compile_dts("/dts-v1/; / { " + deep + " };");
    auto walk = TreeWalk::open(blob);
    ASSERT_TRUE(walk);
    while (walk->next()) {
    }
    EXPECT_FALSE(walk->is_whole());
    EXPECT_FALSE(walk->next());
    EXPECT_FALSE(TreeWalk::open({}));
    EXPECT_FALSE(TreeWalk::open(std::span(blob).first(blob.size() - 4)));
    EXPECT_FALSE(TreeWalk::open(std::span(blob).subspan(4)));
}

/// Every byte of a tree turned: what Tree::open takes a walk takes to its end.
TEST(TreeWalk, TakesWhatTheIndexTakes) {
    const Blob blob = compile_dts(R"(/dts-v1/; /memreserve/ 0x1000 0x20; / {
        #address-cells = <1>; one@1 { b = <1 2>; two { c = "d"; }; }; };)");
    for (usize at = 0; at < blob.size(); ++at) {
        for (const unsigned flip : {0x01u, 0x02u, 0x04u, 0x80u, 0xffu}) {
            Blob changed = blob;
            changed[at] ^= static_cast<std::byte>(flip);
            const test::OpenedTree opened(changed);
            auto walk = TreeWalk::open(changed);
            while (walk && walk->next()) {
            }
            EXPECT_TRUE(!opened.tree || (walk && walk->is_whole())) << at;
        }
    }
}

}  // namespace
}  // namespace isthmus::fdt
