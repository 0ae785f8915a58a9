// SPDX-License-Identifier: Apache-2.0
// What Isthmus writes for the same input as Xen, with presentation `xen`, is what Xen's guests saw,
// node by node; the differences that docs/bindings.md names are taken out first.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "dom0less/tree/guest_tree.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::machine;
using test::OpenedTree;
using test::PlannedTree;
using test::shm;

/// Path of a node -> property -> value in hexadecimal.
using Flat = std::map<std::string, std::map<std::string, std::string>>;

Flat flatten(const OpenedTree& opened) {
    Flat flat;
    for (usize i = 0; i < opened.tree->node_count(); ++i) {
        const fdt::Node node = opened.tree->node(i);
        auto& properties = flat[std::string(node.path())];
        for (const fdt::Property& property : node.properties()) {
            std::string value;
            for (const std::byte byte : property.value) {
                TextBuffer<8> text;
                print(text, "{x} ", static_cast<u32>(byte));
                value += text.view();
            }
            properties[std::string(property.name)] = value;
        }
    }
    return flat;
}

/// What Isthmus adds on purpose, and what Xen adds for features that were not asked for here.
Flat comparable(Flat flat) {
    flat["/"].erase("compatible");
    flat["/"].erase("model");
    flat["/chosen"].erase("stdout-path");
    flat.erase("/hypervisor");
    return flat;
}

/// Xen's tree always names the room that its layout keeps for redistributors, or the machine's
/// window; ours names those that are there, 128 KiB for each vCPU: the last two cells of `reg`.
Flat with_redistributors_of_vcpus(Flat flat) {
    u32 vcpus = 0;
    for (const auto& node : flat) {
        vcpus += node.first.starts_with("/cpus/cpu@") ? 1u : 0u;
    }
    for (auto& [path, properties] : flat) {
        if (path.starts_with("/interrupt-controller@") &&
            properties.contains("#redistributor-regions")) {
            const std::string size = "0x0 0x0 0x0 0x0 0x0 " + std::string("0x") +
                                     std::to_string(vcpus * 2) + " 0x0 0x0 ";
            std::string& reg = properties["reg"];
            usize kept = 0;
            for (usize bytes = 0; bytes < 24; ++bytes) {
                kept = reg.find(' ', kept) + 1;
            }
            reg = reg.substr(0, kept) + size;
        }
    }
    return flat;
}

Flat seen_on_xen(const std::string& file) {
    std::ifstream stream(std::string(ISTHMUS_TEST_DATA "/xen-guest-trees/") + file);
    const std::string source{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_FALSE(source.empty()) << file;
    return with_redistributors_of_vcpus(comparable(flatten(OpenedTree(source))));
}

Flat written(const PlannedTree& planned, usize index) {
    EXPECT_TRUE(planned.plan) << planned.lines();
    if (!planned.plan) {
        return {};
    }
    return comparable(flatten(OpenedTree(test::guest_tree_of(planned, index))));
}

std::string domain(const std::string& name, int vcpus, const std::string& shared,
                   const std::string& properties = {}) {
    return name +
           " { compatible = \"xen,domain\"; #address-cells = <2>; #size-cells = <2>; memory = <0 "
           "0x10000>; cpus = <" +
           std::to_string(vcpus) + ">; vpl011; " + properties +
           "kernel { compatible = \"multiboot,kernel\"; reg = <0 0x58000000 0 0x10000>; "
           "bootargs = \"mode=dump last\"; };\n" +
           shared + "};\n";
}

std::string region(const std::string& mem, const std::string& role) {
    return shm("shm", "shm0", mem, "isthmus,presentation = \"xen\"; " + role);
}

TEST(XenGuestTree, OwnerAndBorrower) {
    const PlannedTree planned(machine(
        domain("owner", 1, region("0 0x70000000 0 0x50000000 0 0x10000", "role = \"owner\";")) +
        domain("borrower", 1,
               region("0 0x70000000 0 0x60000000 0 0x10000", "role = \"borrower\";"))));
    EXPECT_EQ(written(planned, 0), seen_on_xen("owner.dts"));
    EXPECT_EQ(written(planned, 1), seen_on_xen("borrower.dts"));
}

TEST(XenGuestTree, BorrowerOfDomIo) {
    const std::string node = region("0 0x70000000 0 0x50000000 0 0x10000", "");
    const PlannedTree planned(machine(domain("a", 1, node) + domain("b", 1, node)));
    EXPECT_EQ(written(planned, 0), seen_on_xen("dom-io-borrower.dts"));
    EXPECT_EQ(written(planned, 1), seen_on_xen("event-channel.dts"));
}

/// Xen names its version, and behind the grant tables' place what of the guest's space is free for
/// foreign pages, which there are none of.
TEST(XenGuestTree, TheHypervisorsNode) {
    const auto node_of = [](const OpenedTree& opened) {
        auto node = flatten(opened)["/hypervisor"];
        std::string& compatible = node["compatible"];
        compatible = compatible.substr(compatible.find("0x0 "));  // after "xen,xen-4.23"
        std::string& reg = node["reg"];
        usize end = 0;
        for (usize bytes = 0; bytes < 16; ++bytes) {
            end = reg.find(' ', end) + 1;
        }
        reg.resize(end);
        return node;
    };
    std::ifstream stream(ISTHMUS_TEST_DATA "/xen-guest-trees/event-channel.dts");
    const std::string source{std::istreambuf_iterator<char>(stream), {}};
    const PlannedTree planned(machine(domain("a", 1, "", "xen,enhanced = \"no-xenstore\"; ")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    test::Blob buffer(guest_tree_bytes);
    const auto bytes =
        write_guest_tree(*planned.plan, planned.plan->domains[0], planned.host, buffer);
    buffer.resize(bytes ? bytes->size() : 0);
    EXPECT_EQ(node_of(OpenedTree(buffer)), node_of(OpenedTree(source)));
}

TEST(XenGuestTree, NoHostAddress) {
    const std::string node = region("0 0x50000000 0 0x10000", "");
    const PlannedTree planned(machine(domain("a", 1, node) + domain("b", 1, node)));
    EXPECT_EQ(written(planned, 0), seen_on_xen("no-host-address.dts"));
}

TEST(XenGuestTree, DirectMappedWithStaticMemory) {
    std::string source =
        machine(domain("a", 1, region("0 0x70000000 0 0x70000000 0 0x10000", ""),
                       "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; ") +
                domain("b", 1, region("0 0x70000000 0 0x50000000 0 0x10000", "")));
    const std::string arguments = "mode=dump last";
    source.replace(source.find(arguments), arguments.size(), arguments + " uart=0x9000000");
    EXPECT_EQ(written(PlannedTree(source), 0), seen_on_xen("direct-map-static-mem.dts"));
}

TEST(XenGuestTree, TwoVcpusOnAGicVersion2) {
    std::string source = machine(domain("a", 2, ""));
    const std::string old_reg = "reg = <0 0x8000000 0 0x10000 0 0x80a0000 0 0xf60000>";
    source.replace(source.find("arm,gic-v3"), 10, "arm,cortex-a15-gic");
    source.replace(source.find(old_reg), old_reg.size(),
                   "reg = <0 0x8000000 0 0x10000 0 0x8010000 0 0x10000 0 0x8030000 0 0x10000 0 "
                   "0x8040000 0 0x10000>");
    EXPECT_EQ(written(PlannedTree(source), 0), seen_on_xen("gicv2-two-vcpus.dts"));
}

TEST(XenGuestTree, TheComparisonSeesADifference) {
    const std::string node = region("0 0x70000000 0 0x50000000 0 0x20000", "");
    const PlannedTree planned(machine(domain("a", 1, node) + domain("b", 1, node)));
    EXPECT_NE(written(planned, 0), seen_on_xen("dom-io-borrower.dts"));
}

}  // namespace
}  // namespace isthmus::dom0less
