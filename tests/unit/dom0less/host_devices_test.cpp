// SPDX-License-Identifier: Apache-2.0
#include "dom0less/host_devices.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "dom0less/host_nodes.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::machine;
using test::OpenedTree;

constexpr const char* more = R"(
    aliases { clock = "/bus/clock@a000000"; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; kept@60000000 { reg = <0 0x60000000 0 0x1000>; }; };
    bus {
        compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges; reg = <0 0xa000000 0 0x100000>;
        clock@a000000 { reg = <0 0xa000f00 0 0x200>; interrupts = <0 40 1>, <1 6 4>; xen,passthrough; };
        off@a002000 { reg = <0 0xa002000 0 0x1000>; status = "disabled"; };
        lines { interrupts = <0 41 4>; };
    };
    pmu { compatible = "arm,cortex-a57-pmu"; interrupts = <0 50 4>; };
    smmu@b000000 { compatible = "arm,smmu-v3"; reg = <0 0xb000000 0 0x20000>; };
    wires { compatible = "fixed-clock"; };)";

struct Scanned : OpenedTree {
    Scanned() : OpenedTree(machine("", more)) {
        host = fdt::read_host(*tree, {}, arena, findings);
        devices = read_host_devices(*tree, host, arena);
    }
    fdt::HostDescription host;
    std::span<const HostDevice> devices;
};

TEST(HostDevices, ThoseWithRegistersOrLines) {
    const Scanned scanned;
    std::vector<std::string_view> paths;
    for (const HostDevice& device : scanned.devices) {
        paths.push_back(device.path);
    }
    EXPECT_EQ(paths,
              (std::vector<std::string_view>{"/interrupt-controller@8000000", "/pl011@9000000",
                                             "/bus/clock@a000000", "/bus/lines", "/smmu@b000000"}));
}

TEST(HostDevices, WhoseTheyAre) {
    const Scanned scanned;
    EXPECT_TRUE(scanned.devices[0].is_own && scanned.devices[1].is_own);
    EXPECT_TRUE(scanned.devices[2].is_withheld && !scanned.devices[2].is_own);
    EXPECT_TRUE(!scanned.devices[3].is_withheld && !scanned.devices[3].is_own);
    EXPECT_TRUE(scanned.devices[4].is_own);
    EXPECT_TRUE(is_replaced(scanned.at("/psci")) && is_replaced(scanned.at("/pmu")));
    EXPECT_FALSE(is_replaced(scanned.at("/wires")));
}

TEST(HostDevices, WhatIsthmusDrivesIsOneWhereverItStands) {
    std::string source = machine("", "");
    const std::string_view name = "interrupt-controller@8000000 {";
    source.replace(source.find(name), name.size(),
                   std::string(name) + " device_type = \"memory\";");
    OpenedTree opened(source);
    const auto host = fdt::read_host(*opened.tree, {}, opened.arena, opened.findings);
    ASSERT_TRUE(host.gic);
    const auto devices = read_host_devices(*opened.tree, host, opened.arena);
    ASSERT_FALSE(devices.empty());
    EXPECT_EQ(devices[0].path, host.gic->path);
    EXPECT_TRUE(devices[0].is_own);
}

TEST(HostDevices, TouchingIsByPages) {
    const Scanned scanned;
    const HostDevice& clock = scanned.devices[2];
    ASSERT_EQ(clock.interrupts.size(), 1u);
    EXPECT_EQ(clock.interrupts[0].intid, 72u);
    EXPECT_TRUE(clock.interrupts[0].edge);
    EXPECT_TRUE(clock.touches(*HostRange::from(HostAddress(0xa00'1ff0), 1)));
    EXPECT_FALSE(clock.touches(*HostRange::from(HostAddress(0xa00'2000), 1)));
    EXPECT_FALSE(scanned.devices[3].touches(*HostRange::from(HostAddress(0), ~u64{0} - 0xfff)));
}

TEST(HostDevices, ByPathOrAlias) {
    const Scanned scanned;
    EXPECT_EQ(find_host_device(*scanned.tree, scanned.devices, "/bus/clock@a000000"), 2u);
    EXPECT_EQ(find_host_device(*scanned.tree, scanned.devices, "clock"), 2u);
    EXPECT_EQ(find_host_device(*scanned.tree, scanned.devices, "/bus"), std::nullopt);
}

}  // namespace
}  // namespace isthmus::dom0less
