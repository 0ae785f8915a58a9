// SPDX-License-Identifier: Apache-2.0
// What is read of /chosen and its domains. Rules are provoked in rules_test.cpp.
#include <gtest/gtest.h>

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/domain.hpp"
#include "dom0less/read/system_config.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::OpenedTree;

SystemConfig read(OpenedTree& opened) {
    static const fdt::HostDescription host;
    static const Options options;
    return read_config({*opened.tree, host, options}, opened.arena, opened.findings);
}

TEST(ReadConfig, ADomainIsTyped) {
    OpenedTree opened(test::machine(test::domain(
        1,
        "nr_spis = <40>; xen,static-mem = <0 0x60000000 0 0x3000000>, <0 0x70000000 0 0x1000000>;"
        "ramdisk { compatible = \"multiboot,ramdisk\"; reg = <0 0x68000000 0 0x1234>; };"
        "v { compatible = \"xen,vcpu\"; id = <1>; hard-affinity = \"0-1,3\"; };" +
            test::shm("s", "a", "0 0x60000000 0 0x1000"),
        64, 2)));
    const SystemConfig config = read(opened);
    EXPECT_EQ(opened.rules(), "");
    ASSERT_EQ(config.domains.size(), 1u);
    const DomainConfig& domain = config.domains[0];
    EXPECT_EQ(domain.name, "domU1");
    EXPECT_EQ(domain.path, "/chosen/domU1");
    EXPECT_EQ(domain.memory_bytes, 64 * MiB);
    EXPECT_EQ(domain.cpus, 2u);
    ASSERT_EQ(domain.emulated.size(), 1u);
    EXPECT_EQ(domain.emulated[0].asked_by, "vpl011");
    EXPECT_FALSE(domain.direct_map);
    EXPECT_EQ(domain.nr_spis, 40u);
    ASSERT_EQ(domain.static_mem.size(), 2u);
    EXPECT_EQ(domain.static_mem[1].start().raw(), 0x70000000u);
    EXPECT_EQ(domain.kernel->bootargs, "test");
    EXPECT_EQ(domain.ramdisk->host.size(), 0x1234u);
    ASSERT_EQ(domain.affinities.size(), 1u);
    EXPECT_EQ(domain.affinities[0].vcpu, 1u);
    EXPECT_TRUE(domain.affinities[0].allows(1));
    EXPECT_FALSE(domain.affinities[0].allows(2));
    EXPECT_TRUE(domain.affinities[0].allows(3));
    EXPECT_EQ(domain.shared.size(), 1u);
    EXPECT_TRUE(config.all_shared_readable);
}

TEST(ReadConfig, AnUnreadableNodeIsRemembered) {
    OpenedTree opened(
        test::machine(test::domain(1, "s { compatible = \"xen,domain-shared-memory-v1\"; };")));
    EXPECT_FALSE(read(opened).all_shared_readable);
    EXPECT_EQ(opened.rules(), "shm-id-missing");
}

TEST(ReadConfig, StaticHeap) {
    OpenedTree opened(test::machine("xen,static-heap = <0 0x60000000 0 0x100000>;"));
    const SystemConfig config = read(opened);
    EXPECT_TRUE(config.has_static_heap);
    ASSERT_EQ(config.static_heap.size(), 1u);
    EXPECT_EQ(config.static_heap[0].size(), 0x100000u);
}

TEST(ReadConfig, WithoutChosen) {
    OpenedTree opened{std::string("/dts-v1/; / { };")};
    EXPECT_TRUE(read(opened).domains.empty());
    EXPECT_EQ(opened.rules(), "dom-none");
}

TEST(ReadConfig, NamesThatCannotStandInFrontOfALine) {
    const auto rule_for = [](const std::string& name) {
        OpenedTree opened(test::write_tree([&](fdt::TreeWriter& tree) {
            tree.begin_node("chosen");
            tree.begin_node(name);
            tree.text("compatible", "xen,domain");
            tree.end_node();
            tree.end_node();
        }));
        read(opened);
        return opened.has_rule("dom-name");
    };
    for (const std::string_view name : {"isthmus", "a|b", "a b", "a (log)", "a<1b>", "a\"", "a~"}) {
        EXPECT_TRUE(rule_for(std::string(name))) << name;
    }
    EXPECT_TRUE(rule_for(std::string(65, 'a')));
    EXPECT_FALSE(rule_for(std::string(64, 'a')));
    EXPECT_FALSE(rule_for("Isthmus.,_+-9@40"));
    EXPECT_FALSE(rule_for("isthmus2"));
}

TEST(ReadConfig, NamesOfPropertiesAreSafeToPrint) {
    OpenedTree opened(test::write_tree([](fdt::TreeWriter& tree) {
        tree.begin_node("chosen");
        tree.empty("isthmus,\x1b[2J");
        tree.end_node();
    }));
    read(opened);
    EXPECT_TRUE(opened.has_rule("dom-unknown-property"));
    EXPECT_EQ(opened.lines().find('\x1b'), std::string::npos);
}

TEST(ReadRanges, CellsOfTheParentOrOfTheOldProperties) {
    OpenedTree opened{std::string(
        "/dts-v1/; / { #address-cells = <2>; #size-cells = <1>; chosen { "
        "a { m = <1 0x2000 0x1000>; }; "
        "b { #xen,static-mem-address-cells = <1>; #xen,static-mem-size-cells = <1>; m = <0x2000 "
        "0x3000>; }; }; };")};
    const auto ranges = [&](const char* path) {
        return read_host_ranges(opened.at(path), "m", page_size, rules::static_mem_range,
                                opened.arena, opened.findings);
    };
    ASSERT_TRUE(ranges("/chosen/a"));
    EXPECT_EQ((*ranges("/chosen/a"))[0], *HostRange::from(HostAddress(0x100002000), 0x1000));
    ASSERT_TRUE(ranges("/chosen/b"));
    EXPECT_EQ((*ranges("/chosen/b"))[0], *HostRange::from(HostAddress(0x2000), 0x3000));
    EXPECT_FALSE(read_host_ranges(opened.at("/chosen"), "m", page_size, rules::static_mem_range,
                                  opened.arena, opened.findings));
}

}  // namespace
}  // namespace isthmus::dom0less
