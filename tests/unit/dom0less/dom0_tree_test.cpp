// SPDX-License-Identifier: Apache-2.0
// Dom0's tree against the machine's that it is made from.
#include <gtest/gtest.h>

#include <algorithm>

#include "dom0less/tree/dom0_gic_node.hpp"
#include "dom0less/tree/dom0_tree.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "dom0less/tree/parts.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::OpenedTree;
using test::PlannedTree;

constexpr const char* kernel =
    "kernel@58000000 { compatible = \"multiboot,kernel\", \"multiboot,module\"; reg = <0 "
    "0x58000000 0 0x800000>; bootargs = \"quiet\"; }; ramdisk@59000000 { compatible = "
    "\"multiboot,ramdisk\"; reg = <0 0x59000000 0 0x1001>; };";

constexpr const char* devices = R"(
    aliases { serial0 = "/pl011@9000000"; rtc0 = &rtc; kept = "/smmu@9050000"; };
    clock: clk { compatible = "fixed-clock"; #clock-cells = <0>; phandle = <0x1234>; };
    rtc: rtc@9010000 { compatible = "arm,pl031"; reg = <0 0x9010000 0 0x1000>;
                       interrupts = <0 2 4>; clocks = <&clock>; };
    smmu: smmu@9050000 { compatible = "arm,smmu-v3"; reg = <0 0x9050000 0 0x20000>;
                         #iommu-cells = <1>; };
    firmware { psci { compatible = "arm,psci-0.2"; method = "smc"; }; other { }; };
    hypervisor { compatible = "xen,xen-4.17", "xen,xen"; };
    pmu { compatible = "arm,armv8-pmuv3"; interrupts = <1 7 4>; };
    pcie@10000000 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
        reg = <0 0x3f000000 0 0x1000000>;
        ranges = <0x2000000 0 0x10000000 0 0x10000000 0 0x2eff0000>;
        msi-map = <0 &its 0 0x10000>; iommu-map = <0 &smmu 0 0x10000>;
        #interrupt-cells = <1>; interrupt-map-mask = <0 0 0 7>;
        interrupt-map = <0 0 0 1 &gic 0 3 4>; };
    dma@9080000 { reg = <0 0x9080000 0 0x1000>; iommus = <&smmu 5>; msi-parent = <&its>; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        log: log@78000000 { reg = <0 0x78000000 0 0x1000>; no-map; }; };
    its: its { phandle = <0x77>; compatible = "acme,msi"; };
)";

/// The tree that the planner's Dom0 gets.
class Dom0Tree : public ::testing::Test {
  protected:
    void make(const std::string& chosen = {}, std::string root = devices) {
        planned_ = std::make_unique<PlannedTree>(test::machine(chosen + kernel, root));
        ASSERT_TRUE(planned_->plan) << planned_->lines();
        alignas(8) static std::array<std::byte, guest_tree_bytes> buffer;
        const auto bytes =
            write_guest_tree(*planned_->plan, planned_->plan->domains[0], planned_->host, buffer);
        ASSERT_TRUE(bytes);
        tree_ = std::make_unique<OpenedTree>(test::Blob(bytes->begin(), bytes->end()));
        ASSERT_TRUE(tree_->tree) << tree_->lines();
    }
    bool has(std::string_view path) const { return tree_->tree->find(path).has_value(); }
    fdt::Node at(std::string_view path) const { return tree_->at(path); }
    fdt::Node at_host(std::string_view path) const { return planned_->at(path); }
    u32 cell(std::string_view path, std::string_view name, usize index = 0) const {
        const auto property = at(path).property(name);
        return property && index < property->cell_count() ? property->cell(index) : ~u32{0};
    }

    std::unique_ptr<PlannedTree> planned_;
    std::unique_ptr<OpenedTree> tree_;
};

TEST_F(Dom0Tree, NodesAreKeptWithTheirPhandles) {
    make();
    EXPECT_EQ(cell("/clk", "phandle"), 0x1234u);
    EXPECT_EQ(cell("/rtc@9010000", "clocks"), 0x1234u);
    EXPECT_EQ(at("/").text("model"), "test machine");
    for (const fdt::Property& property : at_host("/rtc@9010000").properties()) {
        const auto copy = at("/rtc@9010000").property(property.name);
        ASSERT_TRUE(copy) << property.name;
        EXPECT_TRUE(std::ranges::equal(copy->value, property.value)) << property.name;
    }
}

TEST_F(Dom0Tree, WhatIsthmusKeepsIsNotThere) {
    make();
    for (const char* gone : {"/pl011@9000000", "/smmu@9050000", "/hypervisor", "/pmu",
                             "/firmware/psci", "/chosen/kernel@58000000"}) {
        EXPECT_FALSE(has(gone)) << gone;
    }
    EXPECT_TRUE(has("/firmware/other"));
    EXPECT_FALSE(at("/aliases").has("kept"));
    EXPECT_EQ(at("/aliases").text("serial0"), "/sbsa-uart@9000000");
    EXPECT_EQ(at("/aliases").text("rtc0"), "/rtc@9010000");
}

TEST_F(Dom0Tree, FirmwareCpusAndTimerAreThoseOfAGuest) {
    make();
    EXPECT_EQ(at("/psci").text("method"), "hvc");
    EXPECT_EQ(at("/cpus/cpu@3").text("enable-method"), "psci");
    EXPECT_EQ(at("/timer").property("interrupts")->cell_count(), 9u);
    EXPECT_EQ(cell("/timer", "interrupts", 7), 11u);
    EXPECT_EQ(at("/chosen").text("bootargs"), "quiet");
    EXPECT_EQ(at("/chosen").text("stdout-path"), "/sbsa-uart@9000000");
    EXPECT_EQ(at("/chosen").property("linux,initrd-end")->number(),
              at("/chosen").property("linux,initrd-start")->number().value() + 0x1001);
}

TEST_F(Dom0Tree, TheControllerIsTheEmulatedOneInItsPlace) {
    make();
    const std::string gic = "/interrupt-controller@8000000";
    EXPECT_EQ(cell(gic, "phandle"), cell("/timer", "interrupt-parent"));
    EXPECT_EQ(cell(gic, "phandle"), cell("/", "interrupt-parent"));
    EXPECT_FALSE(at(gic).has("interrupts"));
    const auto reg = at(gic).property("reg");
    EXPECT_EQ(reg->cell_count(), 8u);
    EXPECT_EQ(reg->cells(0, 2), 0x800'0000u);
    EXPECT_EQ(reg->cells(4, 2), 0x80a'0000u);
}

TEST_F(Dom0Tree, WaysToWhatItHasNotAreLeftOut) {
    make();
    EXPECT_FALSE(at("/dma@9080000").has("iommus"));
    EXPECT_FALSE(at("/pcie@10000000").has("iommu-map"));
    EXPECT_TRUE(at("/dma@9080000").has("msi-parent")) << "a controller that is Dom0's";
    EXPECT_TRUE(at("/pcie@10000000").has("msi-map"));
    EXPECT_TRUE(at("/pcie@10000000").has("interrupt-map"));
}

TEST_F(Dom0Tree, AWayToNothingIsNone) {
    make("", "dev { msi-parent = <0x99>; };");
    EXPECT_FALSE(at("/dev").has("msi-parent"));
}

TEST_F(Dom0Tree, ReservedMemoryIsMergedWithRegions) {
    make(test::shm("a", "x", "0 0x70000000 0 0x70000000 0 0x1000") +
         test::domain(1, test::shm("a", "x", "0 0x70000000 0 0x60000000 0 0x1000")));
    EXPECT_TRUE(has("/reserved-memory/log@78000000"));
    EXPECT_EQ(at("/reserved-memory/xen-shmem@70000000").text("xen,id"), "x");
    usize count = 0;
    for (const fdt::Node child : at("/").children()) {
        count += child.name() == "reserved-memory" ? 1u : 0u;
    }
    EXPECT_EQ(count, 1u);
}

TEST_F(Dom0Tree, RegionsMakeAReservedMemoryWhereThereIsNone) {
    make(test::shm("a", "x", "0 0x70000000 0 0x70000000 0 0x1000") +
             test::domain(1, test::shm("a", "x", "0 0x70000000 0 0x60000000 0 0x1000")),
         "");
    EXPECT_EQ(cell("/reserved-memory", "#address-cells"), 2u);
    EXPECT_TRUE(has("/reserved-memory/xen-shmem@70000000"));
}

TEST_F(Dom0Tree, MemoryIsItsOwn) {
    make();
    usize nodes = 0;
    u64 bytes = 0;
    for (const fdt::Node child : at("/").children()) {
        if (child.text("device_type") == "memory") {
            ++nodes;
            const fdt::Property reg = *child.property("reg");
            for (usize i = 0; i < reg.cell_count(); i += 4) {
                bytes += reg.cells(i + 2, 2);
            }
        }
    }
    EXPECT_EQ(nodes, 1u);
    EXPECT_EQ(bytes, 512 * MiB);
}

TEST_F(Dom0Tree, WithoutAConsoleOfIsthmusItsUartIsTheMachines) {
    make("xen,xen-bootargs = \"console=none\";");
    EXPECT_TRUE(has("/pl011@9000000"));
    EXPECT_FALSE(has("/sbsa-uart@9000000"));
    EXPECT_EQ(at("/chosen").text("stdout-path"), "/pl011@9000000");
    EXPECT_EQ(at("/aliases").text("serial0"), "/pl011@9000000");
}

/// Four cells an interrupt (GICv3 with partitions of PPIs), on a bus with addresses of its own.
TEST(Dom0TreeOfBoard, BusesAndCellsAreTheirs) {
    const std::string source = R"(/dts-v1/; /memreserve/ 0x40000000 0x1000; / {
        #address-cells = <1>; #size-cells = <1>; interrupt-parent = <&gic>;
        memory@40000000 { device_type = "memory"; reg = <0x40000000 0x20000000>; };
        cpus { #address-cells = <1>; #size-cells = <0>;
               big: cpu@100 { device_type = "cpu"; compatible = "arm,cortex-a72"; reg = <0x100>;
                         enable-method = "psci"; phandle = <0x55>;
                         #cooling-cells = <2>; clock-frequency = <1000>; }; };
        psci { compatible = "arm,psci-1.0"; method = "smc"; };
        soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0x8000000 0x1000000>;
            gic: gic@0 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <4>;
                reg = <0 0x10000>, <0x20000 0x40000>, <0x600000 0x10000>;
                #redistributor-regions = <1>; interrupts = <1 9 4 0>;
                #address-cells = <1>; #size-cells = <1>; ranges;
                its: its@80000 { compatible = "arm,gic-v3-its"; msi-controller; #msi-cells = <1>;
                                 reg = <0x80000 0x20000>; }; };
            dev@500000 { reg = <0x500000 0x1000>; msi-parent = <&its 3>; interrupts = <0 7 4 0>;
                         affinity = <&big>; };
        };
        timer { compatible = "arm,armv8-timer"; always-on; interrupts = <1 13 4 0>, <1 14 4 0>,
                <1 11 4 0>, <1 10 4 0>; };
        chosen { #address-cells = <1>; #size-cells = <1>; xen,xen-bootargs = "dom0_mem=64M";
            kernel { compatible = "multiboot,kernel"; reg = <0x48000000 0x800000>; }; };
    };)";
    const PlannedTree planned(source);
    ASSERT_TRUE(planned.plan) << planned.lines();
    std::vector<std::byte> buffer(guest_tree_bytes);
    const auto bytes =
        write_guest_tree(*planned.plan, planned.plan->domains[0], planned.host, buffer);
    ASSERT_TRUE(bytes);
    const OpenedTree tree(test::Blob(bytes->begin(), bytes->end()));
    ASSERT_TRUE(tree.tree) << tree.lines();
    const fdt::Node gic = tree.at("/soc/gic@0");
    EXPECT_EQ(gic.property("reg")->cell(0), 0u);
    EXPECT_EQ(gic.property("reg")->cell(2), 0x20000u);
    EXPECT_EQ(gic.property("reg")->cell(3), 0x40000u);
    EXPECT_EQ(gic.property("#interrupt-cells")->cell(0), 4u);
    EXPECT_FALSE(tree.tree->find("/soc/gic@0/its@80000"));
    EXPECT_FALSE(tree.at("/soc/dev@500000").has("msi-parent"));
    EXPECT_EQ(tree.at("/timer").property("interrupts")->cell_count(), 12u);
    EXPECT_TRUE(tree.at("/timer").has("always-on"));
    EXPECT_EQ(tree.at("/cpus/cpu@0").property("phandle")->cell(0), 0x55u);
    EXPECT_EQ(tree.at("/cpus/cpu@0").property("#cooling-cells")->cell(0), 2u);
    EXPECT_FALSE(tree.at("/cpus/cpu@0").has("clock-frequency"));
    const auto devices_of_dom0 = planned.plan->domains[0].devices;
    ASSERT_EQ(devices_of_dom0.size(), 1u);
    EXPECT_EQ(devices_of_dom0[0].windows[0].host.raw(), 0x850'0000u);
}

}  // namespace
}  // namespace isthmus::dom0less
