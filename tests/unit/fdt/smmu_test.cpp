// SPDX-License-Identifier: Apache-2.0
#include "fdt/smmu.hpp"

#include <gtest/gtest.h>

#include "fdt/host_scan.hpp"
#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;

std::string tree(const std::string& nodes) {
    return "/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>;\n"
           "gic: gic { compatible = \"arm,gic-v3\"; interrupt-controller; #interrupt-cells = <3>; "
           "};\n" +
           nodes + "};\n";
}

std::string smmu(const std::string& name, const std::string& rest) {
    return name + " { compatible = \"arm,mmu-600\", \"arm,smmu-v3\"; #iommu-cells = <1>; " + rest +
           " };\n";
}

TEST(ScanSmmu, WhereverInTheTree) {
    OpenedTree opened(tree(
        smmu("iommu@9050000",
             "reg = <0 0x9050000 0 0x40000>; phandle = <7>; dma-coherent; interrupts = <0 "
             "74 1>, <0 75 1>, <0 76 1>; interrupt-names = \"priq\", \"eventq\", \"gerror\";") +
        "soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 1 0x10000000 0x10000000>;\n" +
        smmu("a@1000",
             "reg = <0x1000 0x20000>; interrupts = <0 3 4>; interrupt-names = "
             "\"combined\"; linux,phandle = <9>;") +
        "};\n" + smmu("off@1", "status = \"disabled\";") +
        "v2 { compatible = \"arm,smmu-v2\"; };"));
    const auto smmus = scan_smmu(*opened.tree, opened.arena, opened.findings);
    EXPECT_EQ(opened.rules(), "");
    ASSERT_EQ(smmus.size(), 2u);
    EXPECT_EQ(smmus[0].registers,
              HostRange::from(HostAddress(0x9050000), smmu_register_bytes).value());
    EXPECT_TRUE(smmus[0].is_coherent);
    EXPECT_EQ(smmus[0].phandle, 7u);
    EXPECT_EQ(smmus[0].event_intid, 32u + 75);
    EXPECT_TRUE(smmus[0].event_edge);
    EXPECT_EQ(smmus[0].path, "/iommu@9050000");
    EXPECT_EQ(smmus[1].registers.start().raw(), 0x1'1000'1000u);
    EXPECT_FALSE(smmus[1].is_coherent);
    EXPECT_EQ(smmus[1].phandle, 9u);
    EXPECT_EQ(smmus[1].event_intid, 35u);
    EXPECT_FALSE(smmus[1].event_edge);
}

TEST(ScanSmmu, WithoutReachableRegistersItIsNotUsed) {
    OpenedTree opened(tree(smmu("none", "") + smmu("small@0", "reg = <0 0 0 0x10000>;") +
                           smmu("odd@800", "reg = <0 0x800 0 0x20000>;") +
                           smmu("wraps@f", "reg = <0xffffffff 0xffff0000 0 0x20000>;") +
                           "bus { #address-cells = <2>; #size-cells = <2>;\n" +
                           smmu("hidden@0", "reg = <0 0 0 0x20000>;") + "};\n"));
    EXPECT_TRUE(scan_smmu(*opened.tree, opened.arena, opened.findings).empty());
    EXPECT_EQ(opened.rules(),
              "host-smmu-reg host-smmu-reg host-smmu-reg host-smmu-reg host-smmu-reg");
    EXPECT_FALSE(opened.findings.has_errors());
}

TEST(ScanSmmu, ThoseBeyondTheLimitAreNamed) {
    std::string nodes;
    for (usize i = 0; i < limits::smmus + 1; ++i) {
        const std::string at = std::to_string(i) + "00000";
        nodes += smmu("iommu@" + at, "reg = <0 0x" + at + " 0 0x20000>;");
    }
    OpenedTree opened(tree(nodes));
    EXPECT_EQ(scan_smmu(*opened.tree, opened.arena, opened.findings).size(), limits::smmus);
    EXPECT_EQ(opened.rules(), "host-smmu-limit");
    EXPECT_FALSE(opened.findings.has_errors());
}

TEST(ScanSmmu, IsPartOfTheMachine) {
    OpenedTree opened(tree(smmu("iommu@0", "reg = <0 0 0 0x20000>;")));
    EXPECT_EQ(read_host(*opened.tree, {}, opened.arena, opened.findings).smmus.size(), 1u);
}

}  // namespace
}  // namespace isthmus::fdt
