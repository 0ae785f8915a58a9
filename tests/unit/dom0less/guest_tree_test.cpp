// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/guest_tree.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::machine;
using test::OpenedTree;
using test::PlannedTree;
using test::shm;

std::string three_presentations() {
    return shm("a", "plain", "0 0x60000000 0 0x200000") +
           shm("b", "likexen", "0 0x61000000 0 0x1000", "isthmus,presentation = \"xen\";") +
           shm("c", "disk", "0 0x62000000 0 0x200000", "isthmus,presentation = \"pmem\";") +
           "d { compatible = \"xen,domain-shared-memory-v1\"; xen,shm-id = <7>; xen,shared-mem = "
           "<0 "
           "0x70000000 0 0x1000 0x1 0>; };\n" +
           "ramdisk { compatible = \"multiboot,ramdisk\"; reg = <0 0x68000000 0 0x1001>; };";
}

std::string words(const fdt::Node& node, std::string_view name) {
    std::string text;
    const auto property = node.property(name);
    for (usize i = 0; property && i < property->cell_count(); ++i) {
        TextBuffer<20> cell;
        print(cell, i == 0 ? "{x}" : " {x}", property->cell(i));
        text += cell.view();
    }
    return text;
}

TEST(GuestTree, DtcHasNothingToSay) {
    const PlannedTree planned(
        machine(domain(1, three_presentations(), 64, 3) + domain(2, three_presentations())));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(test::dtc_complaints(test::guest_tree_of(planned, 0)), "");
    EXPECT_EQ(test::dtc_complaints(test::guest_tree_of(planned, 1)), "");
}

TEST(GuestTree, SaysOfTheCounterWhatTheMachinesTreeSays) {
    const PlannedTree plain(machine(domain(1, "")));
    ASSERT_TRUE(plain.plan) << plain.lines();
    const OpenedTree quiet(test::guest_tree_of(plain, 0));
    EXPECT_FALSE(quiet.at("/timer").has("clock-frequency"));
    EXPECT_FALSE(quiet.at("/timer").has("fsl,erratum-a008585"));
    const PlannedTree faulty(
        machine(domain(1, "")) +
        "/ { timer { clock-frequency = <24000000>; fsl,erratum-a008585; other,erratum; }; };");
    ASSERT_TRUE(faulty.plan) << faulty.lines();
    const OpenedTree guest(test::guest_tree_of(faulty, 0));
    EXPECT_EQ(words(guest.at("/timer"), "clock-frequency"), "0x16e3600");
    EXPECT_TRUE(guest.at("/timer").has("fsl,erratum-a008585"));
    EXPECT_FALSE(guest.at("/timer").has("hisilicon,erratum-161010101"));
    EXPECT_FALSE(guest.at("/timer").has("other,erratum"));
}

TEST(GuestTree, ThreePresentations) {
    const PlannedTree planned(
        machine(domain(1, three_presentations()) + domain(2, three_presentations())));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const OpenedTree guest(test::guest_tree_of(planned, 0));
    EXPECT_EQ(words(guest.at("/memory"), "reg"),
              "0x0 0x40000000 0x0 0x4000000 0x0 0x61000000 0x0 0x1000");
    EXPECT_TRUE(guest.at("/reserved-memory/xen-shmem@60000000").has("no-map"));
    EXPECT_FALSE(guest.at("/reserved-memory/xen-shmem@61000000").has("no-map"));
    EXPECT_TRUE(guest.at("/reserved-memory/xen-shmem@62000000").has("no-map"));
    EXPECT_EQ(words(guest.at("/reserved-memory/xen-shmem@100000000"), "xen,id"), "0x7");
    EXPECT_EQ(guest.at("/reserved-memory/xen-shmem@62000000").text("xen,id"), "disk");
    EXPECT_EQ(words(guest.at("/pmem@62000000"), "reg"), "0x0 0x62000000 0x0 0x200000");
    EXPECT_TRUE(guest.at("/pmem@62000000").has("volatile"));
    EXPECT_FALSE(guest.tree->find("/pmem@60000000"));
}

TEST(GuestTree, ChosenNamesImagesAndConsole) {
    const PlannedTree planned(
        machine(domain(1, three_presentations()) + domain(2, three_presentations())));
    const OpenedTree guest(test::guest_tree_of(planned, 0));
    const fdt::Node chosen = guest.at("/chosen");
    EXPECT_EQ(chosen.text("bootargs"), "test");
    EXPECT_EQ(chosen.text("stdout-path"), "/sbsa-uart@22000000");
    EXPECT_EQ(words(chosen, "linux,initrd-start"), "0x0 0x43dfe000");
    EXPECT_EQ(words(chosen, "linux,initrd-end"), "0x0 0x43dff001");
    EXPECT_TRUE(guest.tree->find(chosen.text("stdout-path")));
}

TEST(GuestTree, AWindowTellsItsOffset) {
    const PlannedTree planned(
        machine(domain(1, shm("s", "a", "0 0x60000000 0 0x10000")) +
                domain(2, shm("s", "a", "0 0x60000000 0 0x1000", "isthmus,offset = <0 0x3000>;"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const OpenedTree guest(test::guest_tree_of(planned, 1));
    EXPECT_EQ(words(guest.at("/reserved-memory/xen-shmem@60000000"), "xen,offset"), "0x0 0x3000");
}

TEST(GuestTree, AViewThatMayOnlyReadSaysSo) {
    const PlannedTree planned(
        machine(domain(1, shm("s", "a", "0 0x60000000 0 0x10000")) +
                domain(2, shm("s", "a", "0 0x60000000 0 0x10000", "isthmus,access = \"ro\";"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const OpenedTree writes(test::guest_tree_of(planned, 0));
    const OpenedTree reads(test::guest_tree_of(planned, 1));
    EXPECT_FALSE(writes.at("/reserved-memory/xen-shmem@60000000").has("isthmus,access"));
    EXPECT_EQ(reads.at("/reserved-memory/xen-shmem@60000000").text("isthmus,access"), "ro");
}

TEST(GuestTree, SeveralClustersOfVcpus) {
    std::string cpus = "cpus { #address-cells = <1>; #size-cells = <0>;";
    for (int i = 0; i < 18; ++i) {
        cpus += "c" + std::to_string(i) + " { device_type = \"cpu\"; reg = <" + std::to_string(i) +
                ">; enable-method = \"psci\"; };";
    }
    std::string source = machine(domain(1, "", 64, 18));
    const usize start = source.find("cpus {");
    source.replace(start, source.find("gic:") - start, cpus + "};\n");
    const PlannedTree planned(source);
    ASSERT_TRUE(planned.plan) << planned.lines();
    const OpenedTree guest(test::guest_tree_of(planned, 0));
    EXPECT_EQ(words(guest.at("/cpus/cpu@101"), "reg"), "0x101");
    EXPECT_EQ(guest.at("/cpus/cpu@101").text("compatible"), "arm,armv8");
    EXPECT_EQ(test::dtc_complaints(guest.blob), "");
}

TEST(GuestTree, ABufferThatIsTooSmallIsAnError) {
    const PlannedTree planned(machine(domain(1, "")));
    const usize whole = test::guest_tree_of(planned, 0).size();
    for (usize size = 0; size < whole; size += 64) {
        test::Blob buffer(size);
        const auto bytes =
            write_guest_tree(*planned.plan, planned.plan->domains[0], planned.host, buffer);
        ASSERT_FALSE(bytes) << size;
        EXPECT_EQ(bytes.error(), Error::out_of_memory) << size;
    }
}

}  // namespace
}  // namespace isthmus::dom0less
