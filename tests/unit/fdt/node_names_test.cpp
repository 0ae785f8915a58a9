// SPDX-License-Identifier: Apache-2.0
#include "fdt/node_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "fdt/host_scan.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;

void node(TreeWriter& tree, std::string_view name) {
    tree.begin_node(name);
    tree.end_node();
}

TEST(NodeNames, TheSecondOfAParentsNodesIsFound) {
    // dtc would join them.
    OpenedTree opened{test::write_tree([](TreeWriter& tree) {
        for (const char* parent : {"b", "a"}) {
            tree.begin_node(parent);
            node(tree, "x@1");
            node(tree, "y");
            node(tree, "x");
            tree.end_node();
        }
        tree.begin_node("c");
        for (const char* child : {"x", "y", "x", "c", "x"}) {
            node(tree, child);
        }
        tree.end_node();
        node(tree, "b");
    })};
    ASSERT_TRUE(opened.tree);
    const auto found = nodes_named_twice(*opened.tree, opened.arena);
    EXPECT_EQ(std::vector<u32>(found.begin(), found.end()), (std::vector<u32>{15, 12, 14}));
    read_host(*opened.tree, {}, opened.arena, opened.findings);
    EXPECT_TRUE(opened.lines().starts_with(
        "error[fdt-node-twice] /b: the second of /'s nodes with this name: no path leads to it\n"
        "error[fdt-node-twice] /c/x: the second of /c's nodes with this name: no path leads to "
        "it\n"))
        << opened.lines();
}

/// This thread's time on a CPU, in nanoseconds, of the fastest of some runs.
u64 time_of(u32 siblings) {
    OpenedTree opened{test::write_tree([&](TreeWriter& tree) {
        for (u32 i = 0; i < siblings; ++i) {
            tree.begin_node("node", i);
            tree.end_node();
        }
    })};
    const auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<u64>(time.tv_sec) * 1'000'000'000 + static_cast<u64>(time.tv_nsec);
    };
    u64 least = ~u64{0};
    for (int i = 0; i < 5; ++i) {
        const u64 start = now();
        EXPECT_TRUE(nodes_named_twice(*opened.tree, opened.arena).empty());
        least = std::min(least, now() - start);
    }
    return least;
}

TEST(NodeNames, ManySiblingsAreNoWork) {
    EXPECT_LT(time_of(16'000), 256 * time_of(500)) << "the square would be 1024 times";
}

TEST(NodeNames, AnArenaThatIsUsedUpFindsNothing) {
    const OpenedTree opened{test::write_tree([](TreeWriter& tree) {
        node(tree, "x");
        node(tree, "x");
    })};
    Arena none({});
    EXPECT_TRUE(nodes_named_twice(*opened.tree, none).empty());
    EXPECT_TRUE(none.exhausted());
}

}  // namespace
}  // namespace isthmus::fdt
