// SPDX-License-Identifier: Apache-2.0
// Who gets which device: mappings, routes and trees of guests and of Dom0.
#include "dom0less/devices/planner.hpp"

#include <gtest/gtest.h>

#include "dom0less/devices/claims.hpp"
#include "dom0less/devices/dom0_devices.hpp"
#include "dom0less/show/digest.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "tests/unit/support/assigned_devices.hpp"

namespace isthmus::dom0less {
namespace {

using test::assigned_domain;
using test::compile_dts;
using test::device;
using test::machine;
using test::Modules;
using test::net;
using test::OpenedTree;
using test::partial;
using test::partial_place;
using test::PlannedTree;

const std::string dom0 =
    "bootargs = \"dom0_mem=128M\"; xen,dom0-bootargs = \"test\"; kernel@5a000000 { compatible = "
    "\"multiboot,kernel\", \"multiboot,module\"; reg = <0 0x5a000000 0 0x100000>; };";

PlannedTree planned(const std::string& nodes, const std::string& body = {},
                    const std::string& chosen = {}) {
    return PlannedTree(machine(chosen + assigned_domain(1, body), test::devices),
                       Modules{{partial_place(1), compile_dts(partial(nodes))}});
}

const MappingPlan* mapping_at(const DomainPlan& domain, u64 guest) {
    for (const MappingPlan& mapping : domain.mappings) {
        if (mapping.guest.start() == GuestAddress(guest)) {
            return &mapping;
        }
    }
    return nullptr;
}

const InterruptRoutePlan* route_of(const DomainPlan& domain, u32 intid) {
    for (const InterruptRoutePlan& route : domain.interrupts) {
        if (route.virtual_intid == intid) {
            return &route;
        }
    }
    return nullptr;
}

/// Else the machine would not know whose DMA an SMMU that cannot translate lets through.
TEST(DevicePlanner, ADeviceBehindAnSmmuIsKnownAsThat) {
    const std::string smmu =
        "smmu: iommu@c100000 { compatible = \"arm,smmu-v3\"; reg = <0 0xc100000 0 0x20000>; "
        "#iommu-cells = <1>; }; behind@c200000 { reg = <0 0xc200000 0 0x1000>; iommus = <&smmu 5>; "
        "};";
    const std::string node =
        "behind@c200000 { xen,path = \"/behind@c200000\"; xen,reg = <0 0xc200000 0 0x1000 0 "
        "0xc200000>; };";
    const PlannedTree opened(machine(assigned_domain(1), test::devices + smmu),
                             Modules{{partial_place(1), compile_dts(partial(node))}});
    ASSERT_TRUE(opened.plan) << opened.lines();
    const DomainPlan& domain = opened.plan->domains[0];
    ASSERT_EQ(domain.devices.size(), 1U);
    EXPECT_TRUE(domain.devices[0].is_behind_smmu);
    EXPECT_FALSE(domain.devices[0].is_forced);
    ASSERT_EQ(domain.streams.size(), 1U);
    EXPECT_EQ(domain.streams[0], (fdt::StreamRange{0, 5, 1}));
}

TEST(DevicePlanner, ADeviceOfAnOrdinaryGuest) {
    const PlannedTree opened =
        planned(net("xen,reg = <0 0xb000000 0 0x1000 0 0xd000000 0 0xb001000 0 0x1000 0 "
                    "0xd001000>; xen,path = \"/ethernet@b000000\"; " +
                    test::forced));
    ASSERT_TRUE(opened.plan) << opened.lines();
    const DomainPlan& domain = opened.plan->domains[0];
    const MappingPlan* mapping = mapping_at(domain, 0xd000000);
    ASSERT_NE(mapping, nullptr);
    EXPECT_EQ(mapping->host, HostAddress(0xb000000));
    EXPECT_EQ(mapping->guest.size(), 0x2000U);
    EXPECT_EQ(mapping->type, mm::MappingType::device);
    ASSERT_EQ(domain.devices.size(), 1U);
    EXPECT_EQ(domain.devices[0].path, "/ethernet@b000000");
    EXPECT_EQ(domain.devices[0].asked_by, "/chosen/domU1/tree:/passthrough/ethernet@b000000");
    EXPECT_EQ(domain.devices[0].windows.size(), 2U);
    EXPECT_TRUE(domain.devices[0].is_forced);
    for (const u32 line : {82U, 83U}) {
        const InterruptRoutePlan* route = route_of(domain, line);
        ASSERT_NE(route, nullptr) << line;
        EXPECT_TRUE(route->is_device_line());
        EXPECT_EQ(route->host_intid, line);
        EXPECT_FALSE(route->edge);
    }
    EXPECT_EQ(domain.gic.spis, 64U);
    EXPECT_NE(domain.partial_tree, nullptr);
}

/// FEAT_S2FWB would cache what such a device reads and writes past the caches.
TEST(DevicePlanner, ADeviceThatIsNotCoherentLetsGuestsChooseCaching) {
    const std::string coherent =
        "coherent { compatible = \"simple-bus\"; #address-cells = <2>; #size-cells = <2>; ranges; "
        "dma-coherent; in@d000000 { reg = <0 0xd000000 0 0x1000>; }; "
        "out@d010000 { reg = <0 0xd010000 0 0x1000>; dma-noncoherent; }; };";
    const auto chooses = [&](const std::string& nodes) {
        const PlannedTree opened(machine(assigned_domain(1), test::devices + coherent),
                                 Modules{{partial_place(1), compile_dts(partial(nodes))}});
        EXPECT_TRUE(opened.plan) << opened.lines();
        return opened.plan && guests_choose_caching(*opened.plan);
    };
    EXPECT_FALSE(chooses(""));
    EXPECT_TRUE(chooses(net()));
    EXPECT_TRUE(chooses("registers { xen,reg = <0 0xe000000 0 0x1000 0 0xe000000>; " +
                        test::forced + "};"));
    EXPECT_FALSE(chooses(device("/coherent/in@d000000", "d000000", "d000000")));
    EXPECT_TRUE(chooses(device("/coherent/out@d010000", "d010000", "d010000")));
}

TEST(DevicePlanner, Dom0sReservedMemoryLetsGuestsChooseCaching) {
    const auto planned_with = [](const std::string& more) {
        return PlannedTree(machine(dom0, more));
    };
    const PlannedTree without = planned_with("");
    ASSERT_TRUE(without.plan) << without.lines();
    EXPECT_FALSE(guests_choose_caching(*without.plan)) << "no device, nothing reserved";
    const PlannedTree with = planned_with(
        "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; "
        "a@70000000 { reg = <0 0x70000000 0 0x4000>; }; };");
    ASSERT_TRUE(with.plan) << with.lines();
    EXPECT_TRUE(guests_choose_caching(*with.plan));
}

TEST(DevicePlanner, TwoDevicesInOnePageOfADirectMappedGuest) {
    const PlannedTree opened =
        planned(device("/virtio@a003c00", "a003000", "a003000") +
                    "second { xen,path = \"/virtio@a003e00\"; xen,reg = <0 0xa003000 0 0x1000 0 "
                    "0xa003000>; xen,force-assign-without-iommu; };",
                "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;");
    ASSERT_TRUE(opened.plan) << opened.lines();
    EXPECT_EQ(opened.rules(), "");
    const DomainPlan& domain = opened.plan->domains[0];
    ASSERT_NE(mapping_at(domain, 0xa003000), nullptr);
    EXPECT_EQ(mapping_at(domain, 0xa003000)->host, HostAddress(0xa003000));
    EXPECT_EQ(domain.devices.size(), 2U);
    EXPECT_TRUE(route_of(domain, 78)->edge && route_of(domain, 79)->edge);
}

TEST(DevicePlanner, Dom0HasNeitherTheDeviceNorWhatSharesItsPage) {
    const PlannedTree opened = planned(device("/virtio@a003e00", "a003000", "a003000"), "", dom0);
    ASSERT_TRUE(opened.plan) << opened.lines();
    EXPECT_EQ(opened.rules(), "dev-address dev-goes-along");
    const DomainPlan& domain = opened.plan->domains[0];
    ASSERT_TRUE(domain.is_dom0());
    for (const MappingPlan& mapping : domain.mappings) {
        const HostRange host = *HostRange::from(mapping.host, mapping.guest.size());
        EXPECT_FALSE(host.contains(HostAddress(0xa003000)));
    }
    EXPECT_NE(mapping_at(domain, 0xb000000), nullptr);
    EXPECT_EQ(route_of(domain, 78), nullptr);
    EXPECT_EQ(route_of(domain, 79), nullptr);
    EXPECT_NE(route_of(domain, 34), nullptr);

    alignas(8) static std::array<std::byte, 65536> buffer;
    const auto bytes = write_guest_tree(*opened.plan, domain, opened.host, buffer);
    ASSERT_TRUE(bytes);
    const OpenedTree tree(test::Blob(bytes->begin(), bytes->end()));
    EXPECT_FALSE(tree.tree->find("/virtio@a003e00"));
    EXPECT_FALSE(tree.tree->find("/virtio@a003c00"));
    EXPECT_TRUE(tree.tree->find("/ethernet@b000000"));
    EXPECT_FALSE(tree.tree->find("/passthrough"));
}

TEST(DevicePlanner, WhatIsAssignedIsPartOfTheDigest) {
    const auto digest = [](const std::string& nodes) {
        const PlannedTree opened = planned(nodes);
        EXPECT_TRUE(opened.plan) << opened.lines();
        return opened.plan ? digest_plan(*opened.plan) : Digest{};
    };
    const std::string rest = test::net_path + test::forced;
    const Digest first = digest(net());
    EXPECT_EQ(first, digest(net()));
    EXPECT_NE(first, digest(net("xen,reg = <0 0xb000000 0 0x2000 0 0xb002000>; " + rest)));
    EXPECT_NE(first, digest(net("xen,reg = <0 0xb000000 0 0x1000 0 0xb000000>; " + rest)));
    EXPECT_NE(first, digest(net(rest)));
}

TEST(DevicePlanner, ReservedMemoryOfDom0HoldsNobodysRegisters) {
    PlannedTree opened(machine(
        dom0, test::devices + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; "
                              "a@affe000 { reg = <0 0xaffe000 0 0x4000>; }; };"));
    ASSERT_TRUE(opened.plan) << opened.lines();
    const auto reserved =
        reserved_for_dom0({opened.host, opened.config, opened.options, {}, {}}, {}, opened.arena);
    ASSERT_EQ(reserved.size(), 1U);
    EXPECT_EQ(reserved[0], *GuestRange::from(GuestAddress(0xaffe000), 0x2000));
    const MappingPlan* network = mapping_at(opened.plan->domains[0], 0xb000000);
    ASSERT_NE(network, nullptr);
    EXPECT_EQ(network->type, mm::MappingType::device);
    EXPECT_EQ(mapping_at(opened.plan->domains[0], 0xaffe000)->type, mm::MappingType::reserved_rw);
}

TEST(DevicePlanner, AMappingIsAddedOnceAndInOrder) {
    std::vector<std::byte> memory(4096);
    Arena arena(memory);
    ArenaVector<MappingPlan> mappings(arena);
    const auto guest = [](u64 start) { return *GuestRange::from(GuestAddress(start), 0x1000); };
    add_device_mapping(mappings, guest(0x3000), HostAddress(0x9000));
    add_device_mapping(mappings, guest(0x1000), HostAddress(0x8000));
    add_device_mapping(mappings, guest(0x3000), HostAddress(0x9000));
    ASSERT_EQ(mappings.size(), 2U);
    EXPECT_EQ(mappings[0].guest, guest(0x1000));
}

}  // namespace
}  // namespace isthmus::dom0less
