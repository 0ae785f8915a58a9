// SPDX-License-Identifier: Apache-2.0
#include "shm/node_config.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::shm {
namespace {

using test::OpenedTree;

/// A node with `properties` in a domain with two cells each, or as `cells` says.
std::string tree(const std::string& properties,
                 const std::string& cells = "#address-cells = <2>; #size-cells = <2>;") {
    return "/dts-v1/;\n/ { dom { " + cells + " shm { " + properties + " }; };\n};\n";
}

constexpr const char* good_mem = "xen,shared-mem = <0 0x50000000 0 0x60000000 0 0x1000>; ";

struct Read {
    std::optional<NodeConfig> node;
    std::string rules;
};

Read read(OpenedTree& opened) {
    Read result;
    result.node = read_node(opened.at("/dom/shm"), opened.arena, opened.findings);
    result.rules = opened.rules();
    return result;
}

/// The rules that a node's properties break, and nothing else about them.
std::string rules_of(const std::string& properties,
                     const std::string& cells = "#address-cells = <2>; #size-cells = <2>;") {
    OpenedTree opened(tree(properties, cells));
    const Read result = read(opened);
    EXPECT_TRUE(result.node.has_value() || opened.findings.has_errors());
    return result.rules;
}

TEST(ReadNode, TextDialectWithAndWithoutHost) {
    OpenedTree with(tree(std::string("xen,shm-id = \"shm0\"; role = \"owner\"; ") + good_mem));
    const auto node = read(with).node;
    ASSERT_TRUE(node) << with.lines();
    EXPECT_EQ(node->id.dialect, RegionPlan::Dialect::text);
    EXPECT_EQ(node->id.text, "shm0");
    EXPECT_EQ(node->host, HostAddress(0x50000000));
    EXPECT_EQ(node->guest, GuestAddress(0x60000000));
    EXPECT_EQ(node->size, 0x1000u);
    EXPECT_EQ(node->role, Role::owner);
    EXPECT_TRUE(node->writable);
    EXPECT_FALSE(node->offset);
    OpenedTree without(tree("xen,shm-id = \"shm0\"; xen,shared-mem = <0 0x60000000 0 0x1000>;"));
    const auto chosen = read(without).node;
    ASSERT_TRUE(chosen);
    EXPECT_FALSE(chosen->host);
    EXPECT_EQ(chosen->guest, GuestAddress(0x60000000));
    EXPECT_EQ(chosen->role, Role::unspecified);
}

TEST(ReadNode, CellDialectHasAnotherOrder) {
    OpenedTree opened(tree("xen,shm-id = <7>; xen,shared-mem = <0x50000000 0x1000 0x60000000>;",
                           "#address-cells = <1>; #size-cells = <1>;"));
    const auto node = read(opened).node;
    ASSERT_TRUE(node) << opened.lines();
    EXPECT_EQ(node->id.dialect, RegionPlan::Dialect::cell);
    EXPECT_EQ(node->id.cell, 7u);
    EXPECT_EQ(node->id.text, "7");
    EXPECT_EQ(node->host, HostAddress(0x50000000));
    EXPECT_EQ(node->guest, GuestAddress(0x60000000));
    EXPECT_EQ(node->size, 0x1000u);
}

TEST(ReadNode, MixedCells) {
    OpenedTree opened(tree("xen,shm-id = \"a\"; xen,shared-mem = <1 0 0x60000000 0x1000>;",
                           "#address-cells = <2>; #size-cells = <1>;"));
    EXPECT_EQ(read(opened).rules, "shm-range-length");
    OpenedTree right(tree("xen,shm-id = \"a\"; xen,shared-mem = <1 0 1 0x60000000 0x1000>;",
                          "#address-cells = <2>; #size-cells = <1>;"));
    const auto node = read(right).node;
    ASSERT_TRUE(node);
    EXPECT_EQ(node->host, HostAddress(0x100000000));
    EXPECT_EQ(node->guest, GuestAddress(0x160000000));
}

TEST(ReadNode, Extensions) {
    OpenedTree opened(
        tree(std::string(good_mem) +
             "xen,shm-id = \"a\"; isthmus,access = \"ro\"; isthmus,offset = <0 0x2000>; "
             "isthmus,presentation = \"pmem\"; role = \"borrower\";"));
    const auto node = read(opened).node;
    ASSERT_TRUE(node) << opened.lines();
    EXPECT_FALSE(node->writable);
    EXPECT_EQ(node->offset, 0x2000u);
    EXPECT_EQ(node->presentation, Presentation::pmem);
    EXPECT_EQ(node->role, Role::borrower);
}

TEST(ReadNode, IdRules) {
    const std::string mem = good_mem;
    EXPECT_EQ(rules_of(mem), "shm-id-missing");
    EXPECT_EQ(rules_of(mem + "xen,shm-id;"), "shm-id-empty");
    EXPECT_EQ(rules_of(mem + "xen,shm-id = \"\";"), "shm-id-empty");
    EXPECT_EQ(rules_of(mem + "xen,shm-id = \"0123456789abcde\";"), "");
    EXPECT_EQ(rules_of(mem + "xen,shm-id = \"0123456789abcdef\";"), "shm-id-too-long");
    EXPECT_EQ(rules_of(mem + "xen,shm-id = [61 62];"), "shm-id-malformed");
    EXPECT_EQ(rules_of(mem + "xen,shm-id = \"a\", \"bc\";"), "shm-id-malformed");
    EXPECT_EQ(rules_of(mem + "xen,shm-id = [61 1b 00];"), "shm-id-malformed");
    EXPECT_EQ(rules_of(mem + "xen,shm-id = <1 2>;"), "shm-id-empty");
    EXPECT_EQ(rules_of(mem + "xen,shm-id = <0x61006200 2>;"), "shm-id-malformed");
}

TEST(ReadNode, FourBytesAreTextWhenTheyReadAsText) {
    OpenedTree text(tree(std::string(good_mem) + "xen,shm-id = <0x61626300>;"));
    EXPECT_EQ(read(text).node->id.text, "abc");
    EXPECT_EQ(read(text).node->id.dialect, RegionPlan::Dialect::text);
    const std::string mem = "xen,shared-mem = <0 0x50000000 0 0x1000 0 0x60000000>; ";
    OpenedTree cell(tree(mem + "xen,shm-id = <0x61620000>;"));
    EXPECT_EQ(read(cell).node->id.dialect, RegionPlan::Dialect::cell);
    OpenedTree high(tree(mem + "xen,shm-id = <0xffffffff>;"));
    EXPECT_EQ(read(high).node->id.text, "4294967295");
    OpenedTree zero(tree(mem + "xen,shm-id = <0>;"));
    EXPECT_EQ(read(zero).node->id.text, "0");
}

TEST(ReadNode, RangeRules) {
    const std::string id = "xen,shm-id = \"a\"; ";
    const std::string cell = "xen,shm-id = <1>; ";
    EXPECT_EQ(rules_of(id), "shm-range-missing");
    EXPECT_EQ(rules_of(id + "xen,shared-mem = <1 2 3>;"), "shm-range-length");
    EXPECT_EQ(rules_of(id + "xen,shared-mem = [00];"), "shm-range-length");
    EXPECT_EQ(rules_of(cell + "xen,shared-mem = <0 0x60000000 0 0x1000>;"), "shm-range-length");
    EXPECT_EQ(rules_of(id + "xen,shared-mem = <0 0x50000000 0 0x60000000 0 0>;"), "shm-size-zero");
    EXPECT_EQ(rules_of(id + "xen,shared-mem = <0 0x50000800 0 0x60000010 0 0x1800>;"),
              "shm-align shm-align shm-align");
    EXPECT_EQ(rules_of(id + "xen,shared-mem = <0xffffffff 0xfffff000 0 0x60000000 0 0x2000>;"),
              "shm-host-overflow");
    EXPECT_EQ(rules_of(id + "xen,shared-mem = <0 0x50000000 0xffffffff 0xfffff000 0 0x2000>;"),
              "shm-guest-overflow");
    EXPECT_EQ(rules_of(id + "xen,shared-mem = <0 0x50000000 0xff 0xfffff000 0 0x2000>;"),
              "shm-guest-range");
    EXPECT_EQ(rules_of(id + "xen,shared-mem = <0 0x50000000 0xff 0xfffff000 0 0x1000>;"), "");
}

TEST(ReadNode, OtherRules) {
    const std::string good = std::string(good_mem) + "xen,shm-id = \"a\"; ";
    EXPECT_EQ(rules_of(good + "role = \"lender\";"), "shm-role");
    EXPECT_EQ(rules_of(good + "role = \"\";"), "shm-role");
    EXPECT_EQ(rules_of(good + "isthmus,access = \"wo\";"), "shm-access");
    EXPECT_EQ(rules_of(good + "isthmus,presentation = \"uio\";"), "shm-presentation");
    EXPECT_EQ(rules_of(good + "isthmus,offset = <1>;"), "shm-offset");
    EXPECT_EQ(rules_of(good + "isthmus,offset = <0 0x800>;"), "shm-align");
    EXPECT_EQ(rules_of(good + "isthmus,colour = <1>;"), "shm-unknown-property");
    EXPECT_EQ(rules_of(good, "#address-cells = <2>;"), "shm-cells");
    EXPECT_EQ(rules_of(good, "#address-cells = <3>; #size-cells = <1>;"), "shm-cells");
}

TEST(ReadNode, AWrongWordLeavesTheRestToBeJudged) {
    OpenedTree opened(tree(std::string(good_mem) + "xen,shm-id = \"a\"; role = \"boss\"; "
                                                   "isthmus,access = \"wo\";",
                           "#address-cells = <2>; #size-cells = <2>;"));
    const Read result = read(opened);
    EXPECT_EQ(result.rules, "shm-role shm-access");
    ASSERT_TRUE(result.node.has_value());
    EXPECT_EQ(result.node->role, Role::unspecified);
    EXPECT_TRUE(result.node->writable);
}

TEST(ReadNode, SeveralMistakesAreAllTold) {
    EXPECT_EQ(rules_of("role = \"x\"; isthmus,access = \"y\"; xen,shm-id = \"a\"; xen,shared-mem = "
                       "<0 0x50000001 0 0x60000000 0 0>;"),
              "shm-role shm-access shm-align shm-size-zero");
}

TEST(ReadNode, OnRestart) {
    const auto with = [](const std::string& more) {
        OpenedTree opened(tree("xen,shm-id = \"shm0\"; " + more + good_mem));
        const Read result = read(opened);
        EXPECT_EQ(result.rules, "");
        return result.node ? result.node->clear_on_restart : std::nullopt;
    };
    EXPECT_EQ(with(""), std::nullopt);
    EXPECT_EQ(with("isthmus,on-restart = \"keep\"; "), std::optional(false));
    EXPECT_EQ(with("isthmus,on-restart = \"clear\"; "), std::optional(true));
    EXPECT_EQ(with("isthmus,on-restart = \"keep\"; isthmus,access = \"ro\"; "),
              std::optional(false));
    const std::string id = std::string("xen,shm-id = \"shm0\"; ") + good_mem;
    EXPECT_EQ(rules_of(id + "isthmus,on-restart = \"forget\";"), "shm-on-restart");
    EXPECT_EQ(rules_of(id + "isthmus,on-restart;"), "shm-on-restart");
    EXPECT_EQ(rules_of(id + "isthmus,on-restart = \"clear\"; isthmus,access = \"ro\";"),
              "shm-on-restart");
}

}  // namespace
}  // namespace isthmus::shm
