// SPDX-License-Identifier: Apache-2.0
// The module of a partial tree, read on its own; and what it becomes in a guest's tree.
#include "dom0less/read/partial_tree.hpp"
#include "dom0less/tree/passthrough.hpp"

#include <gtest/gtest.h>

#include "dom0less/read/partial_tree_lines.hpp"
#include "dom0less/read/partial_tree_module.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "tests/unit/support/assigned_devices.hpp"

namespace isthmus::dom0less {
namespace {

using test::assigned_domain;
using test::Blob;
using test::compile_dts;
using test::machine;
using test::Modules;
using test::net;
using test::OpenedTree;
using test::partial;
using test::partial_place;
using test::PlannedTree;

PlannedTree planned(const std::string& tree, const std::string& body = {}) {
    return PlannedTree(machine(assigned_domain(1, body), test::devices),
                       Modules{{partial_place(1), compile_dts(tree)}});
}

std::string lines_of(Modules modules, const std::string& more = {}) {
    return PlannedTree(machine(assigned_domain(1), test::devices + more), std::move(modules))
        .lines();
}

constexpr const char* begin = "error[dev-tree] /chosen/domU1/tree: ";

TEST(PartialTreeModule, WithoutItsBytesThereIsNoPlan) {
    EXPECT_EQ(lines_of({}), std::string(begin) + "cannot be looked into\n");
}

TEST(PartialTreeModule, BytesThatAreNoTree) {
    EXPECT_EQ(lines_of({{partial_place(1), Blob(4)}}),
              std::string(begin) + "holds no device tree\n");
    EXPECT_EQ(lines_of({{partial_place(1), Blob(400)}}),
              std::string(begin) + "holds no device tree\n");
}

TEST(PartialTreeModule, ATreeThatIsCutOff) {
    Blob blob = compile_dts(partial(net()));
    blob.resize(blob.size() - 8);
    const std::string lines = lines_of({{partial_place(1), blob}});
    EXPECT_TRUE(lines.starts_with(std::string(begin) + "its device tree cannot be read: "))
        << lines;
}

TEST(PartialTreeModule, ATreeThatIsLargerThanTheModule) {
    const std::string padding = "padding { x = \"" + std::string(0x10000, 'x') + "\"; };";
    const std::string lines = lines_of({{partial_place(1), compile_dts(partial(net(), padding))}});
    EXPECT_TRUE(lines.starts_with(std::string(begin) + "its device tree has ")) << lines;
}

TEST(PartialTreeModule, AModuleInTheWrongPlaceIsNotLookedInto) {
    const std::string reserved =
        "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; fw@4f100000 { reg = <0 "
        "0x4f100000 0 0x1000>; }; };";
    const PlannedTree opened(machine(assigned_domain(1), test::devices + reserved),
                             Modules{{partial_place(1), compile_dts(partial(net()))}});
    EXPECT_EQ(opened.rules(), "dom-module-overlap");
    EXPECT_EQ(opened.config.domains[0].partial_tree, nullptr);
}

TEST(PartialTreeModule, WhatCannotBecomePartOfAGuestsTree) {
    EXPECT_EQ(planned("/dts-v1/; / { devices { }; };").rules(), "dev-tree");
    EXPECT_EQ(planned("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; passthrough { "
                      "#address-cells = <2>; #size-cells = <2>; ranges = <0 0 0 0 0x1000>; }; };")
                  .rules(),
              "dev-tree");
    EXPECT_EQ(planned("/dts-v1/; / { gic { #interrupt-cells = <1>; }; passthrough { }; };").rules(),
              "dev-tree");
    EXPECT_EQ(
        planned("/dts-v1/; / { passthrough { " + std::string(128, 'x') + " { }; }; };").rules(),
        "dev-tree");
}

TEST(PartialTreeModule, TwoNodesOfOneName) {
    const Blob blob = test::write_tree([](fdt::TreeWriter& tree) {
        tree.begin_node("passthrough");
        for (int i = 0; i < 2; ++i) {
            tree.begin_node("clock");
            tree.end_node();
        }
        tree.end_node();
    });
    EXPECT_EQ(lines_of({{partial_place(1), blob}}),
              "error[dev-tree] /chosen/domU1/tree:/passthrough/clock: a second node of this name: "
              "no path leads to it\n");
}

TEST(PartialTreeModule, ThePhandleOfTheControllerIsNobodyElses) {
    const Blob blob = test::write_tree([](fdt::TreeWriter& tree) {
        tree.begin_node("gic");
        tree.cells("phandle", {7});
        tree.end_node();
        tree.begin_node("passthrough");
        tree.cells("linux,phandle", {7});
        tree.end_node();
    });
    EXPECT_EQ(lines_of({{partial_place(1), blob}}),
              "error[dev-tree] /chosen/domU1/tree:/passthrough: has the phandle of the interrupt "
              "controller\n");
}

TEST(PartialTreeModule, AnArenaThatIsUsedUpIsALimit) {
    const Blob blob = compile_dts(machine(assigned_domain(1), test::devices));
    const Blob tree = compile_dts(partial(net()));
    bool planned_once = false;
    for (std::size_t bytes = 4096; bytes < 64 * 1024; bytes += 128) {
        const PlannedTree each(blob, {}, bytes, Modules{{partial_place(1), tree}});
        ASSERT_EQ(each.plan.has_value(), !each.findings.has_errors()) << bytes;
        ASSERT_TRUE(!each.plan || each.plan->domains[0].devices.size() == 1) << bytes;
        planned_once |= each.plan.has_value();
    }
    EXPECT_TRUE(planned_once);
}

TEST(PartialTree, ANodeIsReadAsItStands) {
    const PlannedTree opened = planned(
        partial("bus { #address-cells = <1>; #size-cells = <1>; "
                "x { xen,reg = <0xb000000 0x1000 0xc000000 0xb001000 0x1000 0xd000000>; xen,path = "
                "\"/ethernet@b000000\"; xen,force-assign-without-iommu; }; };"));
    const auto assigned = opened.config.domains[0].assigned;
    ASSERT_EQ(assigned.size(), 1U) << opened.lines();
    EXPECT_EQ(assigned[0].path, "/chosen/domU1/tree:/passthrough/bus/x");
    EXPECT_EQ(opened.config.devices[*assigned[0].host_device].path, "/ethernet@b000000");
    EXPECT_TRUE(assigned[0].is_forced);
    ASSERT_EQ(assigned[0].windows.size(), 2U);
    EXPECT_EQ(assigned[0].windows[1].host, *HostRange::from(HostAddress(0xb001000), 0x1000));
    EXPECT_EQ(assigned[0].windows[1].guest, GuestAddress(0xd000000));
}

TEST(PartialTree, LinesOfANode) {
    OpenedTree opened(
        partial("a { interrupts = <0 5 4>, <1 9 4>; };"
                "pic { #interrupt-cells = <1>; b { interrupts = <0 5 4>; }; };"
                "c { interrupts-extended = <&gic 0 6 1>; };"));
    const u32 gic = partial_gic_phandle(*opened.tree);
    const auto a = partial_lines(*opened.tree, opened.at("/passthrough/a"), gic, opened.arena);
    EXPECT_EQ(std::vector<u32>(a.begin(), a.end()), (std::vector<u32>{37, 0}));
    EXPECT_TRUE(
        partial_lines(*opened.tree, opened.at("/passthrough/pic/b"), gic, opened.arena).empty());
    const auto c = partial_lines(*opened.tree, opened.at("/passthrough/c"), gic, opened.arena);
    EXPECT_EQ(std::vector<u32>(c.begin(), c.end()), std::vector<u32>{38});
    EXPECT_TRUE(partial_lines(*opened.tree, opened.at("/passthrough"), gic, opened.arena).empty());
}

TEST(PartialTree, ThePhandleOfTheInterruptController) {
    const auto phandle = [](const std::string& root) {
        return partial_gic_phandle(*OpenedTree("/dts-v1/; / { " + root + " };").tree);
    };
    EXPECT_EQ(phandle("gic { phandle = <7>; };"), 7U);
    EXPECT_EQ(phandle("gic@0 { linux,phandle = <8>; };"), 8U);
    EXPECT_EQ(phandle("gic { }; "), 65000U);
    EXPECT_EQ(phandle("x { phandle = <65000>; }; y { phandle = <64999>; };"), 64998U);
}

class GuestTreeWithDevices : public testing::Test {
  protected:
    OpenedTree written(const PlannedTree& planned) {
        EXPECT_TRUE(planned.plan) << planned.lines();
        alignas(8) static std::array<std::byte, 65536> buffer;
        const auto bytes =
            write_guest_tree(*planned.plan, planned.plan->domains[0], planned.host, buffer);
        EXPECT_TRUE(bytes.has_value());
        return OpenedTree(Blob(bytes->begin(), bytes->end()));
    }
};

TEST_F(GuestTreeWithDevices, PassthroughIsAsWritten) {
    const OpenedTree guest = written(
        planned(partial("clk: clock { compatible = \"fixed-clock\"; #clock-cells = <0>; };" +
                            net() + "user { clocks = <&clk>; };",
                        "aliases { ethernet0 = \"/passthrough/ethernet@b000000\"; }; other { };")));
    const fdt::Node node = guest.at("/passthrough/ethernet@b000000");
    EXPECT_EQ(guest.at("/passthrough").text("compatible"), "simple-bus");
    EXPECT_EQ(node.text("compatible"), "test,net");
    EXPECT_EQ(node.property("reg")->value.size(), 16U);
    EXPECT_EQ(node.property("interrupts")->cell_count(), 6U);
    for (const char* name : {"xen,reg", "xen,path", "xen,force-assign-without-iommu"}) {
        EXPECT_FALSE(node.has(name)) << name;
    }
    const u32 clock = guest.at("/passthrough/user").property("clocks")->cell(0);
    EXPECT_EQ(guest.tree->find_phandle(clock)->path(), "/passthrough/clock");
    EXPECT_EQ(guest.at("ethernet0").path(), "/passthrough/ethernet@b000000");
    EXPECT_FALSE(guest.tree->find("/other"));
}

TEST_F(GuestTreeWithDevices, TheInterruptParentIsTheGuestsController) {
    const OpenedTree guest = written(planned(partial(net() + "x { interrupts = <0 50 4>; };")));
    const u32 named =
        *guest.at("/passthrough/ethernet@b000000").property("interrupt-parent")->single_cell();
    EXPECT_TRUE(guest.tree->find_phandle(named)->is_compatible("arm,gic-v3"));
    EXPECT_EQ(guest.at("/").property("interrupt-parent")->single_cell(), named);
    usize users = 0;
    for (usize i = 0; i < guest.tree->node_count(); ++i) {
        users += guest.tree->node(i).phandle() == named ? 1U : 0U;
    }
    EXPECT_EQ(users, 1U);
}

TEST_F(GuestTreeWithDevices, WithoutPartialTreeNothingChanges) {
    const OpenedTree guest = written(PlannedTree(machine(test::domain(1, ""), test::devices)));
    EXPECT_FALSE(guest.at("/").has("interrupt-parent"));
    EXPECT_FALSE(guest.tree->find("/passthrough"));
}

}  // namespace
}  // namespace isthmus::dom0less
