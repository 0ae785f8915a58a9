// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/direct_map.hpp"
#include "dom0less/memory/direct_map_rules.hpp"

#include <gtest/gtest.h>

#include <array>

#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

HostRange host(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}

GuestRange guest(u64 start, u64 size) {
    return *GuestRange::from(GuestAddress(start), size);
}

TEST(DirectMap, TheFirstRegionWithRoomForAllRedistributors) {
    const std::array<HostRange, 3> regions{host(0x1000'0000, 128 * KiB),
                                           host(0x1100'0000, 512 * KiB - 1),
                                           host(0x1200'0000, 512 * KiB)};
    fdt::Gic machine;
    machine.version = 3;
    machine.distributor = host(0x0f00'0000, 4 * KiB);
    machine.redistributors = regions;
    GuestGicPlan gic;
    gic.distributor = guest_layout::gicv3_distributor;
    move_to_machine(machine, 1, gic);
    EXPECT_EQ(gic.distributor, guest(0x0f00'0000, 64 * KiB));
    EXPECT_EQ(gic.redistributors, guest(0x1000'0000, 128 * KiB));
    move_to_machine(machine, 3, gic);
    EXPECT_EQ(gic.redistributors, guest(0x1100'0000, 512 * KiB - 1));
    move_to_machine(machine, 4, gic);
    EXPECT_EQ(gic.redistributors, guest(0x1200'0000, 512 * KiB));
    move_to_machine(machine, 5, gic);
    EXPECT_TRUE(gic.redistributors.empty());
}

TEST(DirectMap, TheFindingNamesWhatOverlaps) {
    const std::array<HostRange, 1> ram{host(0x4000'0000, 64 * MiB)};
    fdt::HostDescription machine;
    machine.gic = fdt::Gic{};
    machine.gic->version = 2;
    machine.gic->distributor = host(0x43ff'f000, 4 * KiB);
    machine.gic->cpu_interface = host(0x4400'0000, 8 * KiB);
    DomainConfig domain;
    domain.path = "/chosen/a";
    domain.direct_map = true;
    domain.static_mem = ram;
    std::vector<std::byte> memory(1 << 16);
    Arena arena(memory);
    Findings findings(arena);
    Emulation emulation;
    emulation.gic = plan_gic(machine, domain, {});
    check_direct_map(domain, machine, emulation, arena, findings);
    ASSERT_EQ(findings.errors(), 1u);
    TextBuffer<300> text;
    print_finding(text, findings.items()[0]);
    EXPECT_EQ(text.view(),
              "error[dom-direct-map] /chosen/a direct-map: the interrupt controller "
              "0x43fff000-0x44000000 of the machine overlaps RAM 0x40000000-0x44000000");
    domain.direct_map = false;
    emulation.gic = plan_gic(machine, domain, {});
    check_direct_map(domain, machine, emulation, arena, findings);
    EXPECT_EQ(findings.errors(), 1u);
}

}  // namespace
}  // namespace isthmus::dom0less
