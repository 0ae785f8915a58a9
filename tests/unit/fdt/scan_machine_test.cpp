// SPDX-License-Identifier: Apache-2.0
// CPUs, interrupt controller, timer and PSCI.
#include <gtest/gtest.h>

#include "fdt/scan.hpp"
#include "isthmus/counter_erratum.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;

std::string tree(const std::string& nodes) {
    return "/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <1>;\n" +
           nodes + "};\n";
}

std::string cpu(const std::string& reg, const std::string& more = "enable-method = \"psci\";") {
    return "cpu@" + std::to_string(std::hash<std::string>{}(reg + more) % 100000) +
           " { device_type = \"cpu\"; compatible = \"arm,cortex-a72\", \"arm,armv8\"; reg = <" +
           reg + ">; " + more + " };\n";
}

TEST(ScanCpus, OneAndTwoCells) {
    OpenedTree opened(tree("cpus { #address-cells = <2>; #size-cells = <0>; cpu-map { };\n" +
                           cpu("1 0x10203") + cpu("0 0", "enable-method = \"spin-table\";") +
                           cpu("0 5", "status = \"disabled\";") + cpu("7", "") + "};"));
    const auto cpus = scan_cpus(*opened.tree, opened.arena, opened.findings);
    ASSERT_EQ(cpus.size(), 3u);
    EXPECT_EQ(cpus[0].mpidr, 0x100010203u);
    EXPECT_EQ(cpus[0].enable_method, HostCpu::EnableMethod::psci);
    EXPECT_EQ(cpus[0].compatible, "arm,cortex-a72");
    EXPECT_EQ(cpus[1].enable_method, HostCpu::EnableMethod::spin_table);
    EXPECT_EQ(cpus[2].mpidr, 7u);
    EXPECT_EQ(cpus[2].enable_method, HostCpu::EnableMethod::other);
    EXPECT_EQ(opened.rules(), "");
}

TEST(ScanCpus, WrongOnesAreNamed) {
    OpenedTree opened(tree("cpus { #address-cells = <1>; #size-cells = <0>;\n" + cpu("0x01000000") +
                           cpu("1") + cpu("1", "x;") + cpu("1 2 3") + "};"));
    EXPECT_EQ(scan_cpus(*opened.tree, opened.arena, opened.findings).size(), 1u);
    EXPECT_EQ(opened.rules(), "host-cpu-reg host-cpu-duplicate host-cpu-reg");
    OpenedTree none(tree(""));
    EXPECT_TRUE(scan_cpus(*none.tree, none.arena, none.findings).empty());
    EXPECT_EQ(none.rules(), "host-no-cpu");
}

TEST(ScanCpus, MoreThanTheLimitAreLeftOutWithAWarning) {
    std::string nodes;
    for (int i = 0; i < 129; ++i) {
        nodes += cpu(std::to_string(i));
    }
    OpenedTree opened(tree("cpus { #address-cells = <1>; #size-cells = <0>;\n" + nodes + "};"));
    EXPECT_EQ(scan_cpus(*opened.tree, opened.arena, opened.findings).size(), 128u);
    EXPECT_EQ(opened.rules(), "host-cpu-limit");
    EXPECT_FALSE(opened.findings.has_errors());
}

constexpr const char* gic_head = "phandle = <1>; interrupt-controller; #interrupt-cells = <3>; ";

TEST(ScanGic, Version3BehindABus) {
    OpenedTree opened(
        tree(std::string("soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 "
                         "0x10000000 0x10000000>; intc@0 { ") +
             gic_head +
             "compatible = \"arm,gic-v3\"; #redistributor-regions = <2>; "
             "redistributor-stride = <0 0x40000>; reg = <0 0x10000>, <0x100000 "
             "0x80000>, <0x200000 0x80000>; interrupts = <1 9 4>; }; };"));
    const auto gic = scan_gic(*opened.tree, opened.arena, opened.findings);
    ASSERT_TRUE(gic);
    EXPECT_EQ(opened.rules(), "");
    EXPECT_EQ(gic->version, 3);
    EXPECT_EQ(gic->distributor.start().raw(), 0x10000000u);
    ASSERT_EQ(gic->redistributors.size(), 2u);
    EXPECT_EQ(gic->redistributors[1].start().raw(), 0x10200000u);
    EXPECT_EQ(gic->redistributor_stride, 0x40000u);
    EXPECT_EQ(gic->maintenance_intid, 25u);
    EXPECT_TRUE(gic->cpu_interface.empty());
}

TEST(ScanGic, Version2) {
    OpenedTree opened(tree(std::string("intc@0 { ") + gic_head +
                           "compatible = \"arm,cortex-a15-gic\"; reg = <0 0x1000 0 0x1000>, <0 "
                           "0x2000 0 0x2000>, <0 0x4000 0 0x2000>, <0 0x6000 0 0x2000>; interrupts "
                           "= <1 9 0xf04>; };"));
    const auto gic = scan_gic(*opened.tree, opened.arena, opened.findings);
    ASSERT_TRUE(gic);
    EXPECT_EQ(opened.rules(), "");
    EXPECT_EQ(gic->version, 2);
    EXPECT_EQ(gic->vcpu_interface.start().raw(), 0x6000u);
    EXPECT_EQ(gic->hypervisor_interface.size(), 0x2000u);
}

/// Rules, and where the CPU interfaces are said to be: the machine's, the guests'.
void expect_v2(const std::string& reg, const char* rules, u64 cpu_interface, u64 vcpu_interface) {
    OpenedTree opened(tree(std::string("intc@0 { ") + gic_head +
                           "compatible = \"arm,gic-400\"; interrupts = <1 9 4>; reg = <" + reg +
                           ">; };"));
    const auto gic = scan_gic(*opened.tree, opened.arena, opened.findings);
    ASSERT_TRUE(gic);
    EXPECT_EQ(opened.rules(), rules) << reg;
    EXPECT_EQ(gic->cpu_interface.start().raw(), cpu_interface) << reg;
    EXPECT_EQ(gic->cpu_interface.size(), 8 * KiB) << reg;
    EXPECT_EQ(gic->vcpu_interface.start().raw(), vcpu_interface) << reg;
}

TEST(ScanGic, TheTwoPagesOfCpuInterfaces) {
    // QEMU's virt: 64 KiB, the pages at their start.
    expect_v2(
        "0 0x8000000 0 0x10000 0 0x8010000 0 0x10000 0 0x8030000 0 0x10000 0 0x8040000 0 "
        "0x10000",
        "", 0x8010000, 0x8040000);
    // ZynqMP: each page repeated over 64 KiB.
    expect_v2(
        "0 0xf9010000 0 0x10000 0 0xf9020000 0 0x20000 0 0xf9040000 0 0x20000 0 0xf9060000 0 "
        "0x20000",
        "", 0xf902f000, 0xf906f000);
    // Only the first page of the CPU interface is named.
    expect_v2("0 0x1000 0 0x1000 0 0x2000 0 0x1000 0 0x4000 0 0x2000 0 0x6000 0 0x2000", "", 0x2000,
              0x6000);
    // Half of what guests need; pages that begin in the middle of others.
    expect_v2("0 0x1000 0 0x1000 0 0x2000 0 0x2000 0 0x4000 0 0x2000 0 0x6000 0 0x1000",
              "host-gic-reg", 0x2000, 0x6000);
    expect_v2("0 0x1000 0 0x1000 0 0x2000 0 0x2000 0 0x4000 0 0x2000 0 0x6800 0 0x2000",
              "host-gic-reg", 0x2000, 0x6800);
}

TEST(ScanGic, WhatIsMissingIsNamed) {
    OpenedTree no_virtualization(tree(std::string("intc@0 { ") + gic_head +
                                      "compatible = \"arm,gic-400\"; reg = <0 0x1000 0 0x1000>, <0 "
                                      "0x2000 0 0x2000>; };"));
    scan_gic(*no_virtualization.tree, no_virtualization.arena, no_virtualization.findings);
    EXPECT_EQ(no_virtualization.rules(), "host-gic-reg host-gic-reg host-gic-interrupt");
    OpenedTree none(tree("gic { compatible = \"arm,gic-v3\"; };"));
    EXPECT_FALSE(scan_gic(*none.tree, none.arena, none.findings));
    EXPECT_EQ(none.rules(), "host-no-gic");
    OpenedTree regions(
        tree(std::string("intc@0 { ") + gic_head +
             "compatible = \"arm,gic-v3\"; #redistributor-regions = <0>; reg = <0 0 0 "
             "0x10000>; interrupts = <1 9 4>; };"));
    scan_gic(*regions.tree, regions.arena, regions.findings);
    EXPECT_EQ(regions.rules(), "host-gic-reg");
}

/// Isthmus shows itself all of it, in a GiB.
TEST(ScanGic, WhatHasNoPlaceInIsthmussMapIsNamed) {
    const auto rules = [](const std::string& distributor, const std::string& redistributors) {
        OpenedTree opened(tree(std::string("intc@0 { ") + gic_head +
                               "compatible = \"arm,gic-v3\"; interrupts = <1 9 4>; reg = <" +
                               distributor + ">, <" + redistributors + ">; };"));
        scan_gic(*opened.tree, opened.arena, opened.findings);
        return opened.rules();
    };
    EXPECT_EQ(rules("0 0x8000000 0 0x10000", "0 0x80a0000 0 0x1000000"), "");
    EXPECT_EQ(rules("0 0x8000000 0 0x10000", "0 0x80a0000 0 0x3d800000"), "");
    EXPECT_EQ(rules("0 0x8000000 0 0x10000", "0 0x80a0000 0 0x3e800000"), "host-gic-reg");
    EXPECT_EQ(rules("0 0x8000000 1 0", "0 0x80a0000 0 0x10000"), "host-gic-reg");
    EXPECT_EQ(rules("0xffff 0xffff0000 0 0x20000", "0 0x80a0000 0 0x10000"), "host-gic-reg");
}

std::string with_gic(const std::string& nodes) {
    return tree(std::string("gic { compatible = \"arm,gic-v3\"; ") + gic_head + "};\n" + nodes);
}

std::string with_timer(const std::string& properties) {
    return with_gic("timer { compatible = \"arm,armv8-timer\"; " + properties +
                    " interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };");
}

TEST(ScanTimer, AFrequencyThatCannotBeIsAnError) {
    for (const char* wrong : {"<0>", "<9999>", "<0 1000000>", "\"fast\""}) {
        OpenedTree opened(with_timer(std::string("clock-frequency = ") + wrong + ";"));
        const auto timer = scan_timer(*opened.tree, opened.findings);
        ASSERT_TRUE(timer);
        EXPECT_EQ(opened.rules(), "host-timer-frequency") << wrong;
        EXPECT_EQ(timer->clock_frequency, 0u);
    }
    OpenedTree least(with_timer("clock-frequency = <10000>;"));
    EXPECT_EQ(scan_timer(*least.tree, least.findings)->clock_frequency, 10000u);
    EXPECT_EQ(least.rules(), "");
}

TEST(ScanTimer, ErrataAreThoseItNames) {
    OpenedTree none(with_timer(""));
    EXPECT_EQ(scan_timer(*none.tree, none.findings)->errata, 0);
    OpenedTree two(with_timer("fsl,erratum-a008585; allwinner,erratum-unknown1;"));
    EXPECT_EQ(scan_timer(*two.tree, two.findings)->errata, fsl_a008585 | allwinner_unknown1);
    OpenedTree other(with_timer("hisilicon,erratum-161010101;"));
    EXPECT_EQ(scan_timer(*other.tree, other.findings)->errata, hisilicon_161010101);
}

TEST(ScanTimer, ByOrderAndByName) {
    OpenedTree by_order(
        with_gic("timer { compatible = \"arm,armv8-timer\"; clock-frequency = "
                 "<1000000>; interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };"));
    const auto timer = scan_timer(*by_order.tree, by_order.findings);
    ASSERT_TRUE(timer);
    EXPECT_EQ(timer->secure_physical, 29u);
    EXPECT_EQ(timer->physical, 30u);
    EXPECT_EQ(timer->virtual_timer, 27u);
    EXPECT_EQ(timer->hypervisor, 26u);
    EXPECT_EQ(timer->clock_frequency, 1000000u);
    OpenedTree by_name(
        with_gic("timer { compatible = \"arm,armv7-timer\"; interrupts = <1 10 4 1 11 4 1 14 4>; "
                 "interrupt-names = \"hyp-phys\", \"virt\", \"phys\"; };"));
    const auto named = scan_timer(*by_name.tree, by_name.findings);
    ASSERT_TRUE(named);
    EXPECT_EQ(named->virtual_timer, 27u);
    EXPECT_EQ(named->secure_physical, 0u);
    EXPECT_EQ(named->hypervisor, 26u);
    EXPECT_EQ(by_name.rules(), "");
}

TEST(ScanTimer, WhatIsMissingIsNamed) {
    OpenedTree some(
        with_gic("timer { compatible = \"arm,armv8-timer\"; interrupts = <1 13 4 1 14 4 0 "
                 "11 4>; };"));
    EXPECT_TRUE(scan_timer(*some.tree, some.findings));
    EXPECT_EQ(some.rules(), "host-timer-interrupt host-timer-interrupt");
    OpenedTree none(with_gic(""));
    EXPECT_FALSE(scan_timer(*none.tree, none.findings));
    EXPECT_EQ(none.rules(), "host-no-timer");
}

TEST(ScanPsci, ConduitAndVersion) {
    OpenedTree modern(
        tree("psci { compatible = \"arm,psci-1.0\", \"arm,psci\"; method = \"hvc\"; };"));
    const auto psci = scan_psci(*modern.tree, modern.findings);
    ASSERT_TRUE(psci);
    EXPECT_EQ(psci->conduit, Psci::Conduit::hvc);
    EXPECT_TRUE(psci->version_0_2_or_later);
    OpenedTree old(tree("psci { compatible = \"arm,psci\"; method = \"smc\"; };"));
    EXPECT_FALSE(scan_psci(*old.tree, old.findings)->version_0_2_or_later);
    OpenedTree wrong(tree("psci { compatible = \"arm,psci-0.2\"; method = \"abc\"; };"));
    EXPECT_FALSE(scan_psci(*wrong.tree, wrong.findings));
    EXPECT_EQ(wrong.rules(), "host-psci-method");
    OpenedTree none(tree(""));
    EXPECT_FALSE(scan_psci(*none.tree, none.findings));
    EXPECT_EQ(none.rules(), "host-no-psci");
}

}  // namespace
}  // namespace isthmus::fdt
