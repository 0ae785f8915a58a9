// SPDX-License-Identifier: Apache-2.0
// What Dom0 has of the machine, and the tree that says so.
#include "dom0less/tree/dom0_tree.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "dom0less/devices/dom0_devices.hpp"
#include "dom0less/devices/planner.hpp"
#include "dom0less/read/direct_map.hpp"
#include "dom0less/tree/dom0_gic_node.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "dom0less/tree/parts.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::machine;
using test::OpenedTree;
using test::PlannedTree;

const std::string kernel = R"(
    xen,xen-bootargs = "dom0_mem=64M"; bootargs = "of Dom0";
    module@48000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x48000000 0 0x800000>; };)";
const std::string more = R"(
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; kept@60000000 { reg = <0 0x60000000 0 0x1000>; }; };
    smmu: iommu@b000000 { compatible = "arm,smmu-v3"; reg = <0 0xb000000 0 0x20000>; #iommu-cells = <1>; };
    clock@a000000 { reg = <0 0xa000000 0 0x100>; interrupts = <0 40 1>; iommus = <&smmu 1>; some = "text"; };
    beside@9000000 { reg = <0 0x9000100 0 0x100>, <0 0xc000000 0 0x1000>; interrupts = <0 41 4>; };
    far@1 { reg = <0x100 0 0 0x1000>; };
    alone { interrupts = <0 1 4>; };)";

struct Planned : PlannedTree {
    Planned() : PlannedTree(machine(kernel + domain(1, ""), more)) {}
    const DomainPlan& dom0() const { return plan->domains[0]; }
    OpenedTree tree_of_dom0() const {
        test::Blob buffer(guest_tree_bytes);
        const auto bytes = write_guest_tree(*plan, dom0(), host, buffer);
        EXPECT_TRUE(bytes);
        buffer.resize(bytes ? bytes->size() : 0);
        return OpenedTree(buffer);
    }
};

TEST(Dom0, HasWhatNobodyKeeps) {
    const Planned planned;
    ASSERT_TRUE(planned.plan) << planned.lines();
    const auto& devices = planned.dom0().devices;
    ASSERT_EQ(devices.size(), 4u);
    EXPECT_EQ(devices[0].path, "/clock@a000000");
    EXPECT_EQ(devices[1].path, "/beside@9000000");
    ASSERT_EQ(devices[1].windows.size(), 1u) << "the other one is in the console's page";
    EXPECT_EQ(devices[1].windows[0].host, HostAddress(0xc00'0000));
    EXPECT_TRUE(devices[2].windows.empty() && devices[3].windows.empty());
    const auto& routes = planned.dom0().interrupts;
    ASSERT_EQ(routes.size(), 4u) << "timer, UART and two lines";
    EXPECT_TRUE(routes[2].is_device_line() && routes[2].edge);
    EXPECT_EQ(routes[3].host_intid, 73u);
}

TEST(Dom0, IsToldWhatItDoesNotGet) {
    const Planned planned;
    const std::string lines = planned.lines();
    for (const char* text :
         {"/beside@9000000 reg: Dom0 does not get the pages of 0x9000100-0x9000200",
          "/far@1 reg: 0x10000000000-0x10000001000 is past the end",
          "/alone interrupts: Dom0 does not get interrupt 33"}) {
        EXPECT_NE(lines.find(text), std::string::npos) << text << '\n' << lines;
    }
}

TEST(Dom0, SeesReservedMemoryInItsPlace) {
    const Planned planned;
    ASSERT_TRUE(planned.plan) << planned.lines();
    usize found = 0;
    for (const MappingPlan& mapping : planned.dom0().mappings) {
        EXPECT_EQ(mapping.guest.start().raw(), mapping.host.raw());
        if (mapping.type == mm::MappingType::reserved_rw) {
            ++found;
            EXPECT_EQ(mapping.host, HostAddress(0x6000'0000));
        }
    }
    EXPECT_EQ(found, 1u);
}

TEST(Dom0, ADeviceIsNoReservedMemory) {
    const PlannedTree planned(machine(
        kernel,
        "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; a@8f00000 "
        "{ reg = <0 0x8f00000 0 0x101000>; }; b@a000000 { reg = <0 0xa000000 0 0x2000>; }; };"
        "clock@a000000 { reg = <0 0xa000000 0 0x100>; };"));
    ASSERT_TRUE(planned.plan) << planned.lines();
    std::vector<std::pair<u64, u64>> reserved;
    for (const MappingPlan& mapping : planned.plan->domains[0].mappings) {
        if (mapping.type == mm::MappingType::reserved_rw) {
            reserved.emplace_back(mapping.guest.start().raw(), mapping.guest.size());
        }
    }
    EXPECT_EQ(reserved, (std::vector<std::pair<u64, u64>>{{0xa00'1000, 0x1000}}))
        << "redistributors and console, and a clock of its own";
}

TEST(Dom0, PrefetchableWindowsAreNormalMemoryButForRegistersInThem) {
    const PlannedTree planned(machine(kernel, R"(
        pcie@a000000 {
            device_type = "pci"; #address-cells = <3>; #size-cells = <2>; reg = <0 0xa000000 0 0x1000>;
            ranges = <0x2000000 0 0 0 0xb000000 0 0x10000>, <0x42000000 0 0 0 0xb010000 0 0x10000>;
        };
        clock@b018000 { reg = <0 0xb018000 0 0x100>; };)"));
    ASSERT_TRUE(planned.plan) << planned.lines();
    std::vector<std::tuple<u64, u64, bool>> found;
    for (const MappingPlan& mapping : planned.plan->domains[0].mappings) {
        if (mm::is_device(mapping.type) && mapping.guest.start() >= GuestAddress(0xa00'0000)) {
            found.emplace_back(mapping.guest.start().raw(), mapping.guest.size(),
                               mapping.type == mm::MappingType::device_nc);
        }
    }
    EXPECT_EQ(found, (std::vector<std::tuple<u64, u64, bool>>{{0xa00'0000, 0x1000, false},
                                                              {0xb00'0000, 0x1'0000, false},
                                                              {0xb01'0000, 0x8000, true},
                                                              {0xb01'8000, 0x1000, false},
                                                              {0xb01'9000, 0x7000, true}}));
}

TEST(Dom0, TreeIsTheMachinesWithoutWhatIsKept) {
    const Planned planned;
    ASSERT_TRUE(planned.plan) << planned.lines();
    const OpenedTree guest = planned.tree_of_dom0();
    ASSERT_TRUE(guest.tree);
    EXPECT_EQ(guest.at("/clock@a000000").text("some"), "text");
    EXPECT_FALSE(guest.at("/clock@a000000").has("iommus"));
    EXPECT_FALSE(guest.tree->find("/iommu@b000000"));
    EXPECT_FALSE(guest.tree->find("/pl011@9000000"));
    EXPECT_TRUE(guest.tree->find("/beside@9000000"));
    EXPECT_EQ(guest.at("/chosen").text("bootargs"), "of Dom0");
    EXPECT_FALSE(guest.at("/chosen").has("xen,xen-bootargs"));
    EXPECT_FALSE(guest.tree->find("/chosen/domU1"));
    EXPECT_EQ(guest.at("/psci").text("method"), "hvc");
    EXPECT_TRUE(guest.tree->find("/reserved-memory/kept@60000000"));
    EXPECT_TRUE(guest.tree->find("/cpus/cpu@2")) << "three are left";
    EXPECT_FALSE(guest.tree->find("/cpus/cpu@3"));
    EXPECT_TRUE(guest.at("/interrupt-controller@8000000").has("interrupt-controller"));
}

TEST(Dom0, RamOverTheMachinesControllerIsRefused) {
    std::string source = machine(kernel, "");
    const std::string_view whole = "0 0x80a0000 0 0xf60000";
    source.replace(source.find(whole), whole.size(), "0 0x80a0000 0 0x40000000");
    const PlannedTree planned(source);
    EXPECT_FALSE(planned.plan);
    EXPECT_NE(planned.lines().find("error[dom-direct-map] /chosen"), std::string::npos)
        << planned.lines();
}

TEST(Dom0, HasNoMoreVcpusThanThereAreRedistributors) {
    std::string source = machine(kernel, "");
    const std::string_view whole = "0 0x80a0000 0 0xf60000";
    source.replace(source.find(whole), whole.size(), "0 0x80a0000 0 0x40000 0 0x9100000 0 0x40000");
    source.replace(source.find("interrupts = <1 9 4>"), 0, "#redistributor-regions = <2>; ");
    const PlannedTree planned(source);
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.plan->domains[0].vcpus.size(), 2u);
    EXPECT_EQ(most_direct_vcpus(planned.host), 2u);
}

}  // namespace
}  // namespace isthmus::dom0less
