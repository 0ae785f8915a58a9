// SPDX-License-Identifier: Apache-2.0
#include "dom0less/planner.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::machine;
using test::PlannedTree;
using test::shm;

const DomainPlan& only(const PlannedTree& planned) {
    return planned.plan->domains[0];
}

/// "guest host type" of each mapping of a domain.
std::string mappings(const DomainPlan& plan) {
    std::string text;
    for (const MappingPlan& mapping : plan.mappings) {
        TextBuffer<200> line;
        print(line, "{} {} {};", mapping.guest, mapping.host, static_cast<u32>(mapping.type));
        text += line.view();
    }
    return text;
}

std::string host_map(const PlannedTree& planned) {
    std::string text;
    for (const HostUsePlan& entry : planned.plan->host_map) {
        TextBuffer<200> line;
        print(line, "{} {} {x}{};", entry.range, static_cast<u32>(entry.use),
              static_cast<u32>(entry.owner), entry.is_static ? " static" : "");
        text += line.view();
    }
    return text;
}

TEST(Planner, OneDomain) {
    const PlannedTree planned(machine(domain(1, "", 64, 2)));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const DomainPlan& plan = only(planned);
    EXPECT_EQ(plan.id, DomainId::first_guest);
    EXPECT_EQ(plan.name, "domU1");
    EXPECT_EQ(plan.memory_bytes, 64 * MiB);
    EXPECT_EQ(plan.bootargs, "test");
    EXPECT_EQ(mappings(plan), "0x40000000-0x44000000 0x7c000000 1;");
    ASSERT_EQ(plan.vcpus.size(), 2u);
    EXPECT_EQ(plan.vcpus[1].host_cpu, 1u);
    EXPECT_EQ(plan.vcpus[1].mpidr, 1u);
    EXPECT_EQ(plan.gic.version, 3);
    EXPECT_EQ(plan.gic.spis, 32u);
    ASSERT_EQ(plan.emulated.size(), 1u);
    EXPECT_EQ(plan.emulated[0].registers[0].start().raw(), 0x22000000u);
    ASSERT_EQ(plan.interrupts.size(), 2u);
    EXPECT_EQ(plan.interrupts[0].virtual_intid, 27u);
    EXPECT_EQ(plan.interrupts[0].host_intid, 27u);
    EXPECT_EQ(plan.interrupts[1].virtual_intid, 32u);
    EXPECT_FALSE(plan.interrupts[1].host_intid);
}

TEST(Planner, ImagesLieBelowTheTree) {
    const PlannedTree planned(machine(domain(
        1, "ramdisk { compatible = \"multiboot,ramdisk\"; reg = <0 0x60000000 0 0x123456>; };")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const DomainPlan& plan = only(planned);
    EXPECT_EQ(plan.tree_target, *GuestRange::from(GuestAddress(0x43e00000), 2 * MiB));
    EXPECT_EQ(plan.ramdisk_target, *GuestRange::from(GuestAddress(0x43cdc000), 0x123456));
    EXPECT_EQ(plan.kernel_window.start(), GuestAddress(0x40000000));
    EXPECT_EQ(plan.kernel_window.end(), GuestAddress(0x43cdc000));
}

TEST(Planner, ImagesStayInTheFirst512MiB) {
    const PlannedTree planned(machine(domain(1, "", 700)));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(only(planned).tree_target.end(), GuestAddress(0x60000000));
}

TEST(Planner, TheHostMapSaysWhoHasWhat) {
    const std::string node = shm("shm", "a", "0 0x70000000 0 0x60000000 0 0x10000");
    const PlannedTree planned(
        "/dts-v1/;\n/memreserve/ 0x51000000 0x800000;\n/memreserve/ 0x48000000 0x1800;\n" +
            machine(
                domain(1, node) + domain(2, node),
                "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; fw { reg = <0 "
                "0x40000000 0 0x800>; no-map; }; };")
                .substr(9),
        *HostRange::from(HostAddress(0x40200000), 0x100000));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(host_map(planned),
              "0x40000000-0x40001000 3 0x7ff4;0x40001000-0x40200000 7 0x7ff2;"
              "0x40200000-0x40300000 0 0x7ff2;0x40300000-0x40400000 7 0x7ff2;"
              "0x40400000-0x40800000 9 0x7ff2;0x40800000-0x48000000 7 0x7ff2;"
              "0x48000000-0x48002000 4 0x7ff4;0x48002000-0x51000000 7 0x7ff2;"
              "0x51000000-0x51800000 2 0x7ff2;0x51800000-0x52000000 7 0x7ff2;"
              "0x52000000-0x52800000 2 0x7ff2;0x52800000-0x70000000 7 0x7ff2;"
              "0x70000000-0x70010000 6 0x7ff1 static;0x70010000-0x78000000 7 0x7ff2;"
              "0x78000000-0x7c000000 5 0x2;0x7c000000-0x80000000 5 0x1;");
}

TEST(Planner, SharedRegionsAreMappedAsTheirViewsSay) {
    const PlannedTree planned(machine(
        domain(1, shm("shm", "a", "0 0x70000000 0 0x60000000 0 0x10000", "role = \"owner\";")) +
        domain(2, shm("shm", "a", "0 0x70000000 0 0x61000000 0 0x10000")) +
        domain(3, shm("shm", "a", "0 0x70000000 0 0x62000000 0 0x1000",
                      "isthmus,offset = <0 0x8000>; isthmus,access = \"ro\";"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const auto& domains = planned.plan->domains;
    EXPECT_EQ(mappings(domains[0]),
              "0x40000000-0x44000000 0x7c000000 1;0x60000000-0x60010000 0x70000000 3;");
    EXPECT_EQ(mappings(domains[1]),
              "0x40000000-0x44000000 0x78000000 1;0x61000000-0x61010000 0x70000000 5;");
    EXPECT_EQ(mappings(domains[2]),
              "0x40000000-0x44000000 0x74000000 1;0x62000000-0x62001000 0x70008000 6;");
    const shm::RegionPlan& region = planned.plan->regions[0];
    EXPECT_EQ(region.owner, DomainId::first_guest);
    EXPECT_EQ(region.references_per_page, 3u);
    EXPECT_EQ(domains[2].views[0].offset, 0x8000u);
}

TEST(Planner, ARegionWithoutHostAddressIsPlacedForLargeBlocks) {
    const std::string node = shm("shm", "a", "0 0x60200000 0 0x400000");
    const PlannedTree planned(machine(domain(1, node) + domain(2, node)));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const shm::RegionPlan& region = planned.plan->regions[0];
    ASSERT_EQ(region.host.size(), 1u);
    EXPECT_EQ(region.host[0].size(), 0x400000u);
    EXPECT_TRUE(region.host[0].start().is_aligned(2 * MiB));
    for (const HostUsePlan& entry : planned.plan->host_map) {
        EXPECT_FALSE(entry.is_static);
    }
}

TEST(Planner, RamInPiecesWhenNoPieceIsLargeEnough) {
    std::string reserved = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;\n";
    for (const std::string at : {"48000000", "58000000", "60000000", "68000000", "70000000"}) {
        reserved += "r@" + at + " { reg = <0 0x" + at + " 0 0x1000>; };\n";
    }
    const PlannedTree planned(machine(domain(1, "", 400), reserved + "};"));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const DomainPlan& plan = only(planned);
    ASSERT_GT(plan.mappings.size(), 1u);
    u64 next = 0x40000000;
    for (const MappingPlan& mapping : plan.mappings) {
        EXPECT_EQ(mapping.guest.start().raw(), next);
        EXPECT_TRUE(mapping.host.is_aligned(2 * MiB));
        EXPECT_TRUE(mapping.guest.start().is_aligned(2 * MiB));
        next = mapping.guest.end().raw();
    }
    EXPECT_EQ(next, 0x40000000 + 400 * MiB);
}

TEST(Planner, StaticRamInTheOrderOfTheTree) {
    const PlannedTree planned(machine(
        domain(1, "xen,static-mem = <0 0x70000000 0 0x3000000>, <0 0x60000000 0 0x1000000>;")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(mappings(only(planned)),
              "0x40000000-0x43000000 0x70000000 1;0x43000000-0x44000000 0x60000000 1;");
}

TEST(Planner, ADirectMappedDomainIsWhereTheMachineIs) {
    const PlannedTree planned(machine(domain(
        1, "direct-map; xen,static-mem = <0 0x70000000 0 0x3000000>, <0 0x60000000 0 0x1000000>;" +
               shm("shm", "a", "0 0x73000000 0 0x73000000 0 0x10000"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const DomainPlan& plan = only(planned);
    EXPECT_TRUE(plan.direct_map);
    EXPECT_EQ(mappings(plan),
              "0x60000000-0x61000000 0x60000000 1;0x70000000-0x73000000 0x70000000 1;"
              "0x73000000-0x73010000 0x73000000 5;");
    EXPECT_EQ(plan.gic.distributor, *GuestRange::from(GuestAddress(0x8000000), 64 * KiB));
    EXPECT_EQ(plan.gic.redistributors, *GuestRange::from(GuestAddress(0x80a0000), 0x20000));
    ASSERT_EQ(plan.emulated.size(), 1u);
    EXPECT_EQ(plan.emulated[0].registers[0], *GuestRange::from(GuestAddress(0x9000000), 4 * KiB));
    EXPECT_EQ(plan.emulated[0].interrupts[0], 33u);
    EXPECT_EQ(plan.interrupts[1].virtual_intid, 33u);
    EXPECT_FALSE(plan.interrupts[1].host_intid);
    EXPECT_EQ(plan.kernel_window.start().raw(), 0x60000000u);
    EXPECT_EQ(plan.tree_target, *GuestRange::from(GuestAddress(0x60e00000), 2 * MiB));
}

TEST(Planner, ADirectMappedDomainOffersTheUartsInterrupt) {
    std::string source = machine(
        domain(1, "nr_spis = <0>; direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;"));
    source.replace(source.find("interrupts = <0 1 4>"), 20, "interrupts = <0 40 4>");
    const PlannedTree planned(source);
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(only(planned).gic.spis, 64u);
    EXPECT_EQ(only(planned).emulated[0].interrupts[0], 72u);
}

constexpr const char* large_machine = R"(
    memory@100000000 { device_type = "memory"; reg = <1 0 8 0>; };)";

TEST(Planner, LargeDomainsHaveTwoBanksAndCongruentAddresses) {
    const PlannedTree planned(machine(domain(1, "", 5 * 1024), large_machine));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const auto& list = only(planned).mappings;
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].guest, *GuestRange::from(GuestAddress(0x40000000), 3 * GiB));
    EXPECT_EQ(list[1].guest, *GuestRange::from(GuestAddress(0x200000000), 2 * GiB));
    EXPECT_TRUE(list[0].host.is_aligned(1 * GiB));
    EXPECT_TRUE(list[1].host.is_aligned(1 * GiB));
}

TEST(Planner, StaticRamCrossesBanks) {
    const PlannedTree planned(
        machine(domain(1, "xen,static-mem = <1 0 1 0>;", 4 * 1024), large_machine));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(mappings(only(planned)),
              "0x40000000-0x100000000 0x100000000 1;0x200000000-0x240000000 0x1c0000000 1;");
}

TEST(Planner, AStaticHeapFeedsEverything) {
    const PlannedTree planned(
        machine("xen,static-heap = <0 0x60000000 0 0x10000000>;" + domain(1, "")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(host_map(planned),
              "0x40000000-0x51000000 8 0x7ff4;0x51000000-0x51800000 2 0x7ff2;"
              "0x51800000-0x60000000 8 0x7ff4;0x60000000-0x60400000 9 0x7ff2;"
              "0x60400000-0x6c000000 7 0x7ff2;"
              "0x6c000000-0x70000000 5 0x1;0x70000000-0x80000000 8 0x7ff4;");
}

TEST(Planner, TheHeapKeepsOneLowPiece) {
    const PlannedTree planned(machine(domain(1, "", 980)));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.plan->host_map[0].use, HostUse::arena);
    EXPECT_EQ(planned.plan->host_map[1].use, HostUse::heap);
    EXPECT_GE(planned.plan->host_map[1].range.size(), 1 * GiB / 50);
}

TEST(Planner, HardAffinitiesChooseFirst) {
    const PlannedTree planned(
        machine(domain(1, "", 64, 2) +
                domain(2, "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"0-1\"; };") +
                domain(3, "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"0\"; };")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const auto& domains = planned.plan->domains;
    EXPECT_EQ(domains[0].vcpus[0].host_cpu, 2u);
    EXPECT_EQ(domains[0].vcpus[1].host_cpu, 3u);
    EXPECT_EQ(domains[1].vcpus[0].host_cpu, 1u);
    EXPECT_EQ(domains[2].vcpus[0].host_cpu, 0u);
}

TEST(Planner, GicVersion2) {
    const std::string source = machine(domain(1, ""));
    std::string v2 = source;
    const std::string old_reg = "reg = <0 0x8000000 0 0x10000 0 0x80a0000 0 0xf60000>";
    v2.replace(v2.find("arm,gic-v3"), 10, "arm,gic-400");
    v2.replace(
        v2.find(old_reg), old_reg.size(),
        "reg = <0 0x8000000 0 0x10000 0 0x8010000 0 0x10000 0 0x8030000 0 0x10000 0 0x8040000 "
        "0 0x10000>");
    const PlannedTree planned(v2);
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(only(planned).gic.version, 2);
    EXPECT_EQ(only(planned).gic.cpu_interface.start().raw(), 0x3002000u);
    EXPECT_TRUE(only(planned).gic.redistributors.empty());
    const MappingPlan& interface = only(planned).mappings[0];
    EXPECT_EQ(interface.guest, only(planned).gic.cpu_interface);
    EXPECT_EQ(interface.host.raw(), 0x8040000u);
    EXPECT_EQ(interface.type, mm::MappingType::device);
    EXPECT_FALSE(is_private_ram(interface));
    std::string in_ram = v2;
    in_ram.replace(in_ram.find("0x8040000"), 9, "0x4fff000");
    EXPECT_EQ(PlannedTree(in_ram).rules(), "");
    in_ram.replace(in_ram.find("0x4fff000"), 9, "0x3ffff000");
    EXPECT_EQ(PlannedTree(in_ram).rules(), "host-device-overlap");
    std::string direct = v2;
    direct.replace(direct.find("vpl011;"), 7,
                   "vpl011; direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;");
    const PlannedTree direct_mapped(direct);
    ASSERT_TRUE(direct_mapped.plan) << direct_mapped.lines();
    EXPECT_EQ(only(direct_mapped).gic.distributor.start().raw(), 0x8000000u);
    EXPECT_EQ(only(direct_mapped).gic.cpu_interface,
              *GuestRange::from(GuestAddress(0x8010000), 8 * KiB));
    EXPECT_TRUE(only(direct_mapped).gic.redistributors.empty());
    v2.replace(v2.find("cpus = <1>"), 10, "cpus = <9>");
    EXPECT_EQ(PlannedTree(v2).rules(), "sched-turns dom-cpus");
}

TEST(Planner, TheSameTreeGivesTheSamePlan) {
    const std::string node = shm("shm", "a", "0 0x60000000 0 0x10000");
    const test::Blob blob = test::compile_dts(machine(domain(1, node, 100) + domain(2, node, 300)));
    const PlannedTree first(blob);
    const PlannedTree second(blob);
    ASSERT_TRUE(first.plan);
    EXPECT_EQ(host_map(first), host_map(second));
    for (usize i = 0; i < first.plan->domains.size(); ++i) {
        EXPECT_EQ(mappings(first.plan->domains[i]), mappings(second.plan->domains[i]));
    }
}

TEST(Planner, SpisAreWholeRegisters) {
    const PlannedTree planned(machine(domain(1, "nr_spis = <33>;") + domain(2, "nr_spis = <0>;")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.plan->domains[0].gic.spis, 64u);
    EXPECT_EQ(planned.plan->domains[1].gic.spis, 32u);
}

TEST(Planner, FindDomain) {
    const PlannedTree planned(machine(domain(1, "") + domain(2, "")));
    EXPECT_EQ(find_domain(*planned.plan, static_cast<DomainId>(2))->name, "domU2");
    EXPECT_EQ(find_domain(*planned.plan, DomainId::dom_io), nullptr);
}

TEST(Planner, LegacyNamesOfModules) {
    std::string source = machine(domain(1,
                                        "ramdisk { compatible = \"xen,linux-initrd\", "
                                        "\"xen,multiboot-module\"; reg = <0 0x60000000 0 "
                                        "0x1000>; };"));
    const std::string modern = "\"multiboot,kernel\", \"multiboot,module\"";
    source.replace(source.find(modern), modern.size(),
                   "\"xen,linux-zimage\", \"xen,multiboot-module\"");
    const PlannedTree planned(source);
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.rules(), "");
    EXPECT_EQ(only(planned).ramdisk->host.size(), 0x1000u);
}

/// Its place in the guest would wrap around.
TEST(Planner, StaticRamOfAnySizeIsJudgedNotBelieved) {
    const test::PlannedTree planned(test::machine(test::domain(
        1, "xen,static-mem = <0x0 0x0 0xf0000000 0x0>, <0xe0000000 0x0 0x1ffff000 0x0>;")));
    EXPECT_FALSE(planned.plan);
    EXPECT_TRUE(planned.has_rule("dom-static-mem-size")) << planned.lines();
}

}  // namespace
}  // namespace isthmus::dom0less
