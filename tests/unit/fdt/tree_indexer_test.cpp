// SPDX-License-Identifier: Apache-2.0
// Structures that libfdt lets pass, but that are not one tree.
#include "fdt/tree_indexer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::Blob;
using test::OpenedTree;

constexpr u32 begin_node = 1;
constexpr u32 end_node = 2;
constexpr u32 prop = 3;
constexpr u32 nop = 4;
constexpr u32 end = 9;

void put(Blob& blob, u32 cell) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        blob.push_back(static_cast<std::byte>(cell >> shift));
    }
}

/// A version 17 blob around a structure block; the strings block is "p".
Blob with_structure(const std::vector<u32>& structure) {
    const u32 header = 40;
    const u32 reserve = 16;
    const u32 size = static_cast<u32>(structure.size()) * 4;
    const u32 structure_at = header + reserve;
    Blob blob;
    for (const u32 cell : {0xd00dfeedu, structure_at + size + 4, structure_at, structure_at + size,
                           header, 17u, 16u, 0u, 2u, size, 0u, 0u, 0u, 0u}) {
        put(blob, cell);
    }
    for (const u32 cell : structure) {
        put(blob, cell);
    }
    put(blob, 0x70000000);
    return blob;
}

constexpr u32 name_a = 0x61000000;

TEST(TreeIndexer, ReadsNodesNopsAndProperties) {
    const OpenedTree opened(with_structure({begin_node, 0, nop, prop, 4, 0, 0x12345678, begin_node,
                                            name_a, end_node, nop, end_node, end}));
    ASSERT_TRUE(opened.tree) << opened.lines();
    EXPECT_EQ(opened.tree->root().property("p")->single_cell(), 0x12345678u);
    EXPECT_EQ(opened.at("/a").path(), "/a");
}

TEST(TreeIndexer, RefusesWhatIsNotOneTree) {
    const std::vector<std::vector<u32>> broken{
        {end},
        {begin_node, 0, end_node, begin_node, 0, end_node, end},
        {begin_node, 0, end},
        {prop, 0, 0, begin_node, 0, end_node, end},
        {begin_node, 0, end_node, prop, 0, 0, end},
        {begin_node, 0, begin_node, name_a, end_node, prop, 0, 0, end_node, end},
        {begin_node, 0, begin_node, 0, end_node, end_node, end},
        {begin_node, 0, end_node, end_node, end},
        {begin_node, 0, prop, 4, 99, 0, end_node, end},
        {begin_node, 0, prop, 4000, 0, 0, end_node, end},
        {begin_node, 0, 7, end_node, end},
    };
    for (usize i = 0; i < broken.size(); ++i) {
        const OpenedTree opened(with_structure(broken[i]));
        EXPECT_FALSE(opened.tree) << i;
        EXPECT_EQ(opened.rules(), "fdt-malformed") << i;
    }
}

}  // namespace
}  // namespace isthmus::fdt
