// SPDX-License-Identifier: Apache-2.0
// What holds for every tree: what is written is read, and no bytes lead to a fault.
#include <gtest/gtest.h>
// rapidcheck's GoogleTest header needs GoogleTest first.
#include <rapidcheck/gtest.h>

#include "fdt/cells.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::Blob;
using test::OpenedTree;

struct RandomNode {
    u32 depth;  ///< how far below the node before; deeper than that means: its child
    std::vector<u32> cells;
};

/// Writes the nodes, each with its number in its name; returns the paths in tree order.
std::vector<std::string> write_nodes(TreeWriter& tree, const std::vector<RandomNode>& nodes) {
    std::vector<std::string> open;
    std::vector<std::string> paths{"/"};
    for (usize i = 0; i < nodes.size(); ++i) {
        while (open.size() > nodes[i].depth) {
            tree.end_node();
            open.pop_back();
        }
        const std::string name = "n@" + std::to_string(i);
        tree.begin_node(name);
        tree.cells("cells", nodes[i].cells);
        open.push_back(name);
        std::string path;
        for (const std::string& part : open) {
            path += "/" + part;
        }
        paths.push_back(path);
    }
    for (usize i = 0; i < open.size(); ++i) {
        tree.end_node();
    }
    return paths;
}

RC_GTEST_PROP(TreeProperty, WhatIsWrittenIsRead, ()) {
    const auto nodes = *rc::gen::container<std::vector<RandomNode>>(rc::gen::construct<RandomNode>(
        rc::gen::inRange<u32>(0, 20), rc::gen::arbitrary<std::vector<u32>>()));
    std::vector<std::string> paths;
    const OpenedTree opened(
        test::write_tree([&](TreeWriter& tree) { paths = write_nodes(tree, nodes); }));
    RC_ASSERT(opened.tree.has_value());
    RC_ASSERT(opened.tree->node_count() == paths.size());
    for (usize i = 0; i < paths.size(); ++i) {
        const Node node = opened.tree->node(i);
        RC_ASSERT(node.path() == paths[i]);
        RC_ASSERT(opened.tree->find(paths[i]) == node);
        if (i == 0) {
            continue;
        }
        const auto cells = node.property("cells");
        RC_ASSERT(cells->cell_count() == nodes[i - 1].cells.size());
        for (usize j = 0; j < cells->cell_count(); ++j) {
            RC_ASSERT(cells->cell(j) == nodes[i - 1].cells[j]);
        }
    }
}

RC_GTEST_PROP(TreeProperty, AnyStructureIsReadOrRefused, (std::vector<u8> raw)) {
    // A right header around anything: tags, lengths and names come from the bytes.
    Blob blob(56 + raw.size() / 4 * 4 + 4);
    const u32 structure = static_cast<u32>(blob.size()) - 60;
    const std::array<u32, 10> header{
        0xd00dfeed, static_cast<u32>(blob.size()), 56, 56 + structure, 40, 17, 16, 0, 4, structure};
    for (usize i = 0; i < header.size(); ++i) {
        for (usize j = 0; j < 4; ++j) {
            blob[4 * i + j] = static_cast<std::byte>(header[i] >> (24 - 8 * j));
        }
    }
    for (usize i = 0; i < structure; ++i) {
        // Small numbers are more likely to be tags.
        blob[56 + i] = i % 4 == 3 ? static_cast<std::byte>(raw[i] % 10) : std::byte{0};
    }
    OpenedTree opened(blob, 1 << 20);
    RC_ASSERT(opened.tree.has_value() != opened.findings.has_errors());
    if (opened.tree) {
        read_host(*opened.tree, "", opened.arena, opened.findings);
    }
}

RC_GTEST_PROP(CellsProperty, TranslationShiftsInsideAWindow, ()) {
    const u64 child = *rc::gen::inRange<u64>(0, u64{1} << 32);
    const u64 parent = *rc::gen::inRange<u64>(0, u64{1} << 40);
    const u64 window = *rc::gen::inRange<u64>(1, u64{1} << 32);
    const u64 offset = *rc::gen::inRange<u64>(0, u64{1} << 33);
    const u64 size = *rc::gen::inRange<u64>(1, u64{1} << 32);
    const OpenedTree opened(test::write_tree([&](TreeWriter& tree) {
        tree.cells("#address-cells", {2});
        tree.cells("#size-cells", {2});
        tree.begin_node("bus");
        tree.cells("#address-cells", {2});
        tree.cells("#size-cells", {2});
        tree.cells64("ranges", {child, parent, window});
        tree.begin_node("device");
        tree.cells64("reg", {child + offset, size});
        tree.end_node();
        tree.end_node();
    }));
    const auto range = device_range(opened.at("/bus/device"), 0);
    const bool inside = offset < window && size <= window - offset;
    RC_CLASSIFY(inside, "inside");
    RC_ASSERT(range.has_value() == inside);
    if (inside) {
        RC_ASSERT(range->start().raw() == parent + offset);
        RC_ASSERT(range->size() == size);
    }
}

}  // namespace
}  // namespace isthmus::fdt
