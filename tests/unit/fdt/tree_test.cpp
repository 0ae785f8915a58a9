// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree.hpp"
#include "fdt/tree_writer.hpp"

#include <gtest/gtest.h>
#include <libfdt.h>

#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::Blob;
using test::OpenedTree;

constexpr const char* source = R"(/dts-v1/;
/memreserve/ 0x40000000 0x1000;
/ {
    #address-cells = <2>; #size-cells = <1>; compatible = "a", "b";
    aliases { serial0 = "/soc/uart@9000000"; bad = "nowhere"; };
    soc { bus: bus@1 { leaf { }; }; uart@9000000 { status = "disabled"; }; uart@a000000 { status = "ok"; }; };
    user { link = <&bus>; };
};
)";

TEST(Tree, NodesKnowParentsChildrenAndPaths) {
    const OpenedTree opened{std::string(source)};
    ASSERT_TRUE(opened.tree) << opened.lines();
    const Node leaf = opened.at("/soc/bus@1/leaf");
    EXPECT_EQ(leaf.path(), "/soc/bus@1/leaf");
    EXPECT_EQ(leaf.parent().base_name(), "bus");
    EXPECT_EQ(leaf.parent().parent().name(), "soc");
    EXPECT_EQ(opened.tree->root().path(), "/");
    EXPECT_TRUE(opened.tree->root().parent().is_root());
    std::string names;
    for (const Node child : opened.at("/soc").children()) {
        names += std::string(child.name()) + " ";
    }
    EXPECT_EQ(names, "bus@1 uart@9000000 uart@a000000 ");
    EXPECT_EQ(opened.tree->node_count(), 8u);
}

TEST(Tree, FindsByPathAliasAndPhandle) {
    const OpenedTree opened{std::string(source)};
    EXPECT_EQ(opened.tree->find("/soc/bus/leaf")->path(), "/soc/bus@1/leaf");
    EXPECT_EQ(opened.tree->find("serial0")->path(), "/soc/uart@9000000");
    EXPECT_FALSE(opened.tree->find("bad"));
    EXPECT_FALSE(opened.tree->find("serial1"));
    EXPECT_FALSE(opened.tree->find("/soc/uart@1"));
    EXPECT_FALSE(opened.tree->find(""));
    const u32 phandle = *opened.at("/user").property("link")->single_cell();
    EXPECT_EQ(opened.tree->find_phandle(phandle)->path(), "/soc/bus@1");
    EXPECT_FALSE(opened.tree->find_phandle(phandle + 1));
    EXPECT_FALSE(opened.tree->find_phandle(0));
}

TEST(Tree, PropertiesAndStatus) {
    const OpenedTree opened{std::string(source)};
    const Node root = opened.tree->root();
    EXPECT_TRUE(root.is_compatible("b"));
    EXPECT_FALSE(root.is_compatible("c"));
    EXPECT_EQ(root.text("compatible"), "a");
    EXPECT_EQ(root.text("absent"), "");
    EXPECT_EQ(root.property("#size-cells")->single_cell(), 1u);
    EXPECT_FALSE(opened.at("/soc/uart@9000000").is_enabled());
    EXPECT_TRUE(opened.at("/soc/uart@a000000").is_enabled());
    EXPECT_TRUE(opened.at("/soc").is_enabled());
    ASSERT_EQ(opened.tree->reservations().size(), 1u);
    EXPECT_EQ(opened.tree->reservations()[0].address, 0x40000000u);
    EXPECT_EQ(opened.tree->total_size(), opened.blob.size());
}

TEST(TreeOpen, EveryCutIsMalformed) {
    const Blob whole = test::compile_dts(source);
    for (usize length = 0; length < whole.size(); ++length) {
        const OpenedTree cut(Blob(whole.begin(), whole.begin() + static_cast<long>(length)));
        ASSERT_FALSE(cut.tree) << length;
        ASSERT_EQ(cut.rules(), "fdt-malformed") << length;
    }
}

TEST(TreeOpen, EveryFlippedByteIsReadOrRefused) {
    const Blob whole = test::compile_dts(source);
    usize refused = 0;
    for (usize i = 0; i < whole.size(); ++i) {
        Blob changed = whole;
        changed[i] ^= std::byte{0xff};
        const OpenedTree opened(changed, 1 << 20);
        ASSERT_EQ(opened.tree.has_value(), !opened.findings.has_errors()) << i;
        // libfdt's own full check is the reference.
        ASSERT_TRUE(!opened.tree || fdt_check_full(changed.data(), changed.size()) == 0) << i;
        refused += opened.tree ? 0u : 1u;
    }
    EXPECT_GT(refused, 40u);
}

TEST(TreeOpen, RefusesAMisalignedBlob) {
    const Blob whole = test::compile_dts(source);
    Blob shifted(whole.size() + 8);
    std::copy(whole.begin(), whole.end(), shifted.begin() + 4);
    std::vector<std::byte> memory(1 << 16);
    Arena arena(memory);
    Findings findings(arena);
    EXPECT_FALSE(Tree::open(std::span(shifted).subspan(4), arena, findings));
    EXPECT_FALSE(Tree::open({}, arena, findings));
    EXPECT_EQ(findings.errors(), 2u);
}

TEST(TreeOpen, DepthAndPathsHaveLimits) {
    const auto nested = [](usize depth, const std::string& name) {
        return test::write_tree([&](TreeWriter& writer) {
            for (usize i = 1; i < depth; ++i) {
                writer.begin_node(name);
            }
            for (usize i = 1; i < depth; ++i) {
                writer.end_node();
            }
        });
    };
    EXPECT_TRUE(OpenedTree(nested(limits::tree_depth, "n")).tree);
    EXPECT_EQ(OpenedTree(nested(limits::tree_depth + 1, "n")).rules(), "fdt-limit");
    EXPECT_EQ(OpenedTree(nested(20, std::string(40, 'n'))).rules(), "fdt-limit");
}

TEST(TreeOpen, AnArenaThatIsTooSmallIsALimit) {
    const OpenedTree opened(test::compile_dts(source), 600);
    EXPECT_FALSE(opened.tree);
    EXPECT_EQ(opened.findings.errors(), 1u);
}

TEST(TreeOpen, NamesThatATerminalMustNotSeeAreRefused) {
    const Blob blob = test::write_tree([](TreeWriter& writer) {
        writer.begin_node("a\x1b[2J");
        writer.end_node();
    });
    EXPECT_EQ(OpenedTree(blob).rules(), "fdt-malformed");
    const Blob slash = test::write_tree([](TreeWriter& writer) {
        writer.begin_node("a/b");
        writer.end_node();
    });
    EXPECT_EQ(OpenedTree(slash).rules(), "fdt-malformed");
}

TEST(TreeNodes, APhandleInBothSpellings) {
    const test::OpenedTree opened(
        "/dts-v1/; / { a { phandle = <3>; }; b { linux,phandle = <4>; }; c { }; };");
    EXPECT_EQ(opened.at("/a").phandle(), 3U);
    EXPECT_EQ(opened.at("/b").phandle(), 4U);
    EXPECT_EQ(opened.at("/c").phandle(), 0U);
    EXPECT_EQ(opened.tree->find_phandle(3)->path(), "/a");
    EXPECT_EQ(opened.tree->find_phandle(4)->path(), "/b");
    EXPECT_FALSE(opened.tree->find_phandle(5));
}

/// dtc refuses such a tree; others may write one.
TEST(TreeNodes, OfTwoWithOnePhandleTheFirstIsFound) {
    test::Blob buffer(4096);
    TreeWriter writer(buffer);
    writer.begin_node("a");
    writer.cells("linux,phandle", {7});
    writer.cells("phandle", {8});
    writer.end_node();
    writer.begin_node("b");
    writer.cells("linux,phandle", {8});
    writer.end_node();
    writer.begin_node("c");
    writer.cells64("phandle", {1});
    writer.end_node();
    const auto bytes = writer.finish();
    ASSERT_TRUE(bytes);
    buffer.resize(bytes->size());
    OpenedTree opened(buffer);
    ASSERT_TRUE(opened.tree);
    EXPECT_EQ(opened.tree->find_phandle(7)->path(), "/a");
    EXPECT_EQ(opened.tree->find_phandle(8)->path(), "/a");
    EXPECT_FALSE(opened.tree->find_phandle(1)) << "no cell";
}

}  // namespace
}  // namespace isthmus::fdt
