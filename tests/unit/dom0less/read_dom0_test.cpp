// SPDX-License-Identifier: Apache-2.0
// Dom0 as it is read and planned: CPUs, memory, command line, devices.
#include <gtest/gtest.h>

#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::PlannedTree;
using test::shm;

/// Dom0's modules and more of /chosen; `root` goes into the root.
std::string dom0(const std::string& chosen = {}, const std::string& root = {},
                 const std::string& kernel = "bootargs = \"root=/dev/vda\";") {
    return test::machine(
        chosen +
            "\nkernel@58000000 { compatible = \"multiboot,kernel\", \"multiboot,module\"; reg = <0 "
            "0x58000000 0 0x800000>; " +
            kernel + " };",
        root);
}

std::string arguments(const std::string& words) {
    return "xen,xen-bootargs = \"" + words + "\";";
}

const MappingPlan* find_mapping(const DomainPlan& plan, u64 guest) {
    for (const MappingPlan& mapping : plan.mappings) {
        if (mapping.guest.contains(GuestAddress(guest))) {
            return &mapping;
        }
    }
    return nullptr;
}

const InterruptRoutePlan* find_route(const DomainPlan& plan, u32 intid) {
    for (const InterruptRoutePlan& route : plan.interrupts) {
        if (route.virtual_intid == intid) {
            return &route;
        }
    }
    return nullptr;
}

TEST(Dom0, IsTheFirstDomainAndHasNumberZero) {
    const PlannedTree planned(dom0(domain(1, "")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    ASSERT_EQ(planned.plan->domains.size(), 2u);
    const DomainPlan& plan = planned.plan->domains[0];
    EXPECT_EQ(plan.id, DomainId::dom0);
    EXPECT_EQ(plan.name, "Dom0");
    EXPECT_TRUE(plan.direct_map);
    EXPECT_EQ(plan.bootargs, "root=/dev/vda");
    EXPECT_EQ(plan.memory_bytes, 512 * MiB);
    EXPECT_EQ(planned.plan->domains[1].id, DomainId::first_guest);
}

TEST(Dom0, GetsTheCpusThatOthersLeave) {
    const auto cpus = [](const std::string& chosen) {
        const PlannedTree planned(dom0(chosen));
        EXPECT_TRUE(planned.plan) << planned.lines();
        return planned.plan->domains[0].vcpus.size();
    };
    EXPECT_EQ(cpus(""), 4u);
    EXPECT_EQ(cpus(domain(1, "", 64, 2)), 2u);
    EXPECT_EQ(cpus(arguments("sched=rr") + domain(1, "", 64, 2)), 4u);
    EXPECT_EQ(cpus(arguments("dom0_max_vcpus=1") + domain(1, "")), 1u);
    EXPECT_EQ(cpus("p: pool { compatible = \"xen,cpupool\"; cpupool-cpus = <&cpu3>; };" +
                   domain(1, "domain-cpupool = <&p>;")),
              3u);
}

TEST(Dom0, RunsInThePoolOfTheFirstCpuWhereEveryCpuIsInOne) {
    const PlannedTree planned(
        dom0("a: pool-a { compatible = \"xen,cpupool\"; cpupool-cpus = <&cpu2 &cpu3>; };"
             "b: pool-b { compatible = \"xen,cpupool\"; cpupool-cpus = <&cpu0 &cpu1>; };" +
             domain(1, "domain-cpupool = <&a>;") + domain(2, "")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.rules(), "");
    const auto& domains = planned.plan->domains;
    EXPECT_EQ(domains[0].pool, 2u);
    EXPECT_EQ(domains[0].vcpus.size(), 1u) << "the other CPU is domU2's";
    EXPECT_EQ(domains[1].pool, 1u);
    EXPECT_EQ(domains[2].pool, 2u);
    EXPECT_EQ(domains[2].vcpus[0].host_cpu, 1u);
}

std::string plain_module(const std::string& address, const std::string& more = {}) {
    return "module@" + address + " { compatible = \"multiboot,module\"; reg = <0 0x" + address +
           " 0 0x100000>; " + more + " };";
}

TEST(Dom0, ModulesThatSayNothingAreKernelThenRamdisk) {
    const PlannedTree planned(
        test::machine("xen,dom0-bootargs = \"x\"; linux,initrd-start = <1>; " +
                      plain_module("58000000") + plain_module("59000000")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.rules(), "");
    EXPECT_EQ(planned.plan->domains[0].kernel.host.start().raw(), 0x58000000u);
    ASSERT_TRUE(planned.plan->domains[0].ramdisk);
    EXPECT_EQ(planned.plan->domains[0].ramdisk->host.start().raw(), 0x59000000u);
    EXPECT_EQ(PlannedTree(test::machine(plain_module("58000000") + plain_module("59000000") +
                                        plain_module("5a000000")))
                  .rules(),
              "dom-ignored")
        << "a third one has no use";
}

TEST(Dom0, ModulesThatSayWhatTheyAreLeaveTheRest) {
    const PlannedTree planned(dom0(plain_module("5a000000")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.plan->domains[0].kernel.host.start().raw(), 0x58000000u);
    ASSERT_TRUE(planned.plan->domains[0].ramdisk);
    EXPECT_EQ(planned.plan->domains[0].ramdisk->host.start().raw(), 0x5a000000u);
}

TEST(Dom0, HasTheRamdiskThatABootLoaderLeft) {
    const PlannedTree planned(
        dom0("linux,initrd-start = <0x5a000000>; linux,initrd-end = <0 0x5a100000>;"));
    ASSERT_TRUE(planned.plan) << planned.lines();
    ASSERT_TRUE(planned.plan->domains[0].ramdisk);
    EXPECT_EQ(planned.plan->domains[0].ramdisk->host,
              *HostRange::from(HostAddress(0x5a000000), MiB));
    EXPECT_EQ(PlannedTree(dom0("linux,initrd-start = <2>; linux,initrd-end = <1>;")).rules(),
              "dom-module-range");
}

TEST(Dom0, HasXensInterfaceWhereItIsAskedForItsConsole) {
    const auto interface_of = [](const char* bootargs) {
        const PlannedTree planned(dom0("", "", std::string("bootargs = \"") + bootargs + "\";"));
        EXPECT_EQ(planned.rules(), "");
        return planned.plan->domains[0].xen;
    };
    const XenPlan asked = interface_of("console=hvc0 earlycon=xen");
    EXPECT_EQ(asked.interface, XenInterface::node);
    EXPECT_EQ(asked.grants, *GuestRange::from(GuestAddress(0xff'fe00'0000), 16 * MiB));
    EXPECT_TRUE(asked.console.empty()) << "its console is a hypercall";
    EXPECT_EQ(interface_of("console=ttyS0,115200 console=hvc1").interface, XenInterface::node);
    EXPECT_EQ(interface_of("console=ttyAMA0").interface, XenInterface::none);
}

TEST(Dom0, TooManyVcpusAreAFinding) {
    const PlannedTree planned(dom0(arguments("sched=null dom0_max_vcpus=4") + domain(1, "")));
    EXPECT_EQ(planned.rules(), "dom-cpu-shortage");
}

TEST(Dom0, RamIsLowInOnePieceAtItsHostAddress) {
    const PlannedTree planned(dom0(arguments("dom0_mem=256M")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const DomainPlan& plan = planned.plan->domains[0];
    usize pieces = 0;
    u64 bytes = 0;
    for (const MappingPlan& mapping : plan.mappings) {
        if (is_private_ram(mapping)) {
            ++pieces;
            bytes += mapping.guest.size();
            EXPECT_EQ(mapping.guest.start().raw(), mapping.host.raw());
            EXPECT_TRUE(mapping.guest.is_aligned(2 * MiB));
        }
    }
    EXPECT_EQ(pieces, 1u);
    EXPECT_EQ(bytes, 256 * MiB);
    const MappingPlan* ram = find_mapping(plan, plan.tree_target.start().raw());
    ASSERT_TRUE(ram);
    EXPECT_TRUE(is_private_ram(*ram));
}

/// 900 MiB do not fit beside a module in the middle of 1 GiB in one piece.
TEST(Dom0, RamIsInFewLargePiecesWhereOneIsNotEnough) {
    const PlannedTree planned(dom0(arguments("dom0_mem=900M")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    std::vector<u64> sizes;
    for (const MappingPlan& mapping : planned.plan->domains[0].mappings) {
        if (is_private_ram(mapping)) {
            sizes.push_back(mapping.guest.size());
        }
    }
    EXPECT_EQ(sizes.size(), 2u);
}

TEST(Dom0, MoreRamThanThereIsIsAFinding) {
    EXPECT_EQ(PlannedTree(dom0(arguments("dom0_mem=2G"))).rules(), "dom-out-of-memory");
}

constexpr const char* devices = R"(
    apb { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
          ranges = <0x1000 0 0xa000000 0x10000>;
        timer@2000 { reg = <0x2000 0x200>; interrupts = <0 16 1>; };
        off@3000 { status = "disabled"; reg = <0x3000 0x1000>; interrupts = <0 17 4>; };
        kept@4000 { xen,passthrough; reg = <0x4000 0x1000>; interrupts = <0 18 4>; };
        second@5000 { reg = <0x5000 0x1000>; interrupts = <0 16 1>, <0 19 4>, <1 5 4>; };
        far@6000 { compatible = "x"; reg = <0x20000 0x1000>; };
    };
    beside@9000800 { reg = <0 0x9000800 0 0x1000>; interrupts = <0 1 4>; };
    high@20000000000 { reg = <0x200 0 0 0x1000>; };
    its@8080000 { compatible = "arm,gic-v3-its"; };
    pmu { compatible = "arm,cortex-a57-pmu"; interrupts = <0 40 4>; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        log@78000000 { reg = <0 0x78000000 0 0x1800>; no-map; }; };
)";

TEST(Dom0, HasTheDevicesThatAreLeft) {
    const PlannedTree planned(dom0("", devices));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const DomainPlan& plan = planned.plan->domains[0];
    std::vector<std::string> paths;
    for (const DevicePlan& device : plan.devices) {
        paths.emplace_back(device.path);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"/apb/timer@2000", "/apb/second@5000",
                                               "/beside@9000800", "/high@20000000000"}));
    const MappingPlan* timer = find_mapping(plan, 0xa00'1000);
    ASSERT_TRUE(timer);
    EXPECT_EQ(timer->type, mm::MappingType::device);
    EXPECT_EQ(timer->guest.size(), page_size);
    EXPECT_FALSE(find_mapping(plan, 0xa00'2000)) << "disabled";
    EXPECT_FALSE(find_mapping(plan, 0xa00'3000)) << "withheld";
    EXPECT_FALSE(find_mapping(plan, 0x800'0000)) << "the distributor is emulated";
}

TEST(Dom0, EachLineIsRoutedOnceAndOnlySharedOnes) {
    const PlannedTree planned(dom0("", devices));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const DomainPlan& plan = planned.plan->domains[0];
    const InterruptRoutePlan* first = find_route(plan, 48);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->host_intid, 48u);
    EXPECT_EQ(first->device, "/apb/timer@2000");
    EXPECT_TRUE(first->edge);
    EXPECT_TRUE(first->is_device_line());
    EXPECT_FALSE(find_route(plan, 51)->edge);
    for (const u32 none : {21u, 49u, 50u, 72u}) {
        EXPECT_FALSE(find_route(plan, none)) << none;
    }
    EXPECT_FALSE(find_route(plan, 33)->host_intid) << "the console's line is Isthmus's";
    EXPECT_EQ(plan.interrupts.size(), 4u);
}

TEST(Dom0, WhatItDoesNotGetWholeIsNamed) {
    const PlannedTree planned(dom0("", devices));
    EXPECT_EQ(planned.rules(), "dom0-device dom0-device dom0-device");
    EXPECT_NE(planned.lines().find("/beside@9000800 reg: Dom0 does not get the pages of"),
              std::string::npos)
        << planned.lines();
    EXPECT_NE(planned.lines().find("Dom0 does not get interrupt 33"), std::string::npos);
    EXPECT_NE(planned.lines().find("past the end of a guest's addresses"), std::string::npos);
    const DomainPlan& plan = planned.plan->domains[0];
    EXPECT_FALSE(find_mapping(plan, 0x900'0000)) << "the console's page";
    EXPECT_TRUE(find_mapping(plan, 0x900'1000));
}

TEST(Dom0, ReservedMemoryIsItsToSee) {
    const PlannedTree planned(dom0("", devices));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const MappingPlan* log = find_mapping(planned.plan->domains[0], 0x7800'0000);
    ASSERT_TRUE(log);
    EXPECT_EQ(log->type, mm::MappingType::reserved_rw);
    EXPECT_EQ(log->guest.size(), 2 * page_size);
    EXPECT_EQ(log->host.raw(), 0x7800'0000u);
}

TEST(Dom0, OwnsAndBorrowsRegionsAtTheirHostAddresses) {
    const PlannedTree planned(
        dom0(shm("a", "mine", "0 0x70000000 0 0x70000000 0 0x1000", "role = \"owner\";") +
             shm("b", "ours", "0 0x70001000 0 0x70001000 0 0x1000") +
             domain(1, shm("a", "mine", "0 0x70000000 0 0x60000000 0 0x1000") +
                           shm("b", "ours", "0 0x70001000 0 0x60001000 0 0x1000"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    ASSERT_EQ(planned.plan->regions.size(), 2u);
    EXPECT_EQ(planned.plan->regions[0].owner, DomainId::dom0);
    EXPECT_EQ(planned.plan->regions[0].references_per_page, 2u);
    EXPECT_EQ(planned.plan->regions[1].owner, DomainId::dom_io);
    EXPECT_EQ(planned.plan->regions[1].borrowers[0], DomainId::dom0);
    EXPECT_EQ(find_mapping(planned.plan->domains[0], 0x7000'0000)->type,
              mm::MappingType::shared_rw);
    EXPECT_EQ(find_mapping(planned.plan->domains[0], 0x7000'1000)->type,
              mm::MappingType::foreign_rw);
}

TEST(Dom0, ARegionElsewhereBreaksTheDirectMap) {
    const std::string peer = domain(1, shm("a", "x", "0 0x70000000 0 0x60000000 0 0x1000"));
    EXPECT_EQ(PlannedTree(dom0(shm("a", "x", "0 0x70000000 0 0x60000000 0 0x1000") + peer)).rules(),
              "shm-direct-map");
    EXPECT_EQ(PlannedTree(dom0(shm("a", "x", "0 0x60000000 0 0x1000") +
                               domain(1, shm("a", "x", "0 0x60000000 0 0x1000"))))
                  .rules(),
              "shm-direct-map");
}

TEST(Dom0, ConsoleNoneGivesItTheUart) {
    const PlannedTree planned(dom0(arguments("console=none")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_FALSE(planned.host.console);
    EXPECT_TRUE(planned.plan->domains[0].emulated.empty());
    EXPECT_TRUE(find_mapping(planned.plan->domains[0], 0x900'0000));
    EXPECT_EQ(find_route(planned.plan->domains[0], 33)->host_intid, 33u);
}

TEST(Dom0, WithoutOneNobodyIsGivenDevices) {
    const PlannedTree planned(test::machine(domain(1, ""), devices));
    EXPECT_EQ(planned.rules(), "");
    EXPECT_TRUE(planned.config.devices.empty());
}

}  // namespace
}  // namespace isthmus::dom0less
