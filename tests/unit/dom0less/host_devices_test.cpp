// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/host_devices.hpp"

#include <gtest/gtest.h>

#include "dom0less/read/host_nodes.hpp"
#include "fdt/host_scan.hpp"
#include "tests/unit/support/assigned_devices.hpp"

namespace isthmus::dom0less {
namespace {

using test::machine;
using test::OpenedTree;

class HostDevicesTest : public testing::Test {
  protected:
    explicit HostDevicesTest(const std::string& more = test::devices)
        : opened_(machine("", more)),
          host_(fdt::read_host(*opened_.tree, {}, opened_.arena, opened_.findings)),
          devices_(read_host_devices(*opened_.tree, host_, opened_.arena)) {}

    const HostDevice* find(const std::string& path) {
        const auto index = find_host_device(*opened_.tree, devices_, path);
        return index ? &devices_[*index] : nullptr;
    }

    OpenedTree opened_;
    fdt::HostDescription host_;
    std::span<const HostDevice> devices_;
};

TEST_F(HostDevicesTest, WhatHasRegistersOrInterrupts) {
    const HostDevice* net = find("/ethernet@b000000");
    ASSERT_NE(net, nullptr);
    ASSERT_EQ(net->windows.size(), 1U);
    EXPECT_EQ(net->windows[0], *HostRange::from(HostAddress(0xb000000), 0x2000));
    ASSERT_EQ(net->interrupts.size(), 2U);
    EXPECT_EQ(net->interrupts[1].intid, 83U);
    EXPECT_EQ(opened_.tree->node(net->node).path(), net->path);
    EXPECT_FALSE(net->is_own);
    EXPECT_EQ(find("net0"), net);
    for (const char* none : {"/clock", "/off@c000000", "/chosen", "/cpus/cpu@0", "/aliases",
                             "/memory@40000000", "/timer", "/psci", "/nowhere"}) {
        EXPECT_EQ(find(none), nullptr) << none;
    }
}

TEST_F(HostDevicesTest, IsthmusKeepsControllerAndConsole) {
    EXPECT_TRUE(find("/interrupt-controller@8000000")->is_own);
    EXPECT_TRUE(find("/pl011@9000000")->is_own);
}

TEST_F(HostDevicesTest, TouchingMeansSharingAPage) {
    const HostDevice* transport = find("/virtio@a003e00");
    EXPECT_TRUE(transport->touches(*HostRange::from(HostAddress(0xa003000), 0x200)));
    EXPECT_FALSE(transport->touches(*HostRange::from(HostAddress(0xa004000), 0x1000)));
    EXPECT_FALSE(transport->touches(*HostRange::from(HostAddress(0xa002000), 0x1000)));
}

class MoreHostDevicesTest : public HostDevicesTest {
  protected:
    MoreHostDevicesTest()
        : HostDevicesTest(R"(
            pmu { compatible = "arm,cortex-a57-pmu"; interrupts = <1 7 4>; };
            smmu@b100000 { compatible = "arm,smmu-v3"; reg = <0 0xb100000 0 0x20000>; };
            kept@b200000 { reg = <0 0xb200000 0 0x100>; xen,passthrough; };
            keys { interrupts = <0 9 4>; };
            soc { status = "disabled"; ranges; #address-cells = <2>; #size-cells = <2>;
                  x@b300000 { reg = <0 0xb300000 0 0x100>; }; };
            reserved-memory { ranges; #address-cells = <2>; #size-cells = <2>;
                  fw@70000000 { reg = <0 0x70000000 0 0x1000>; }; };
        )") {}
};

TEST_F(MoreHostDevicesTest, Kinds) {
    EXPECT_EQ(find("/pmu"), nullptr);
    EXPECT_TRUE(find("/smmu@b100000")->is_own);
    EXPECT_TRUE(find("/kept@b200000")->is_withheld);
    ASSERT_NE(find("/keys"), nullptr);
    EXPECT_TRUE(find("/keys")->windows.empty());
    EXPECT_EQ(find("/soc/x@b300000"), nullptr);
    EXPECT_EQ(find("/reserved-memory/fw@70000000"), nullptr);
    EXPECT_TRUE(is_replaced(opened_.at("/pmu")));
    EXPECT_TRUE(is_replaced(opened_.at("/timer")));
    EXPECT_FALSE(is_replaced(opened_.at("/keys")));
    EXPECT_TRUE(is_no_device(opened_.at("/reserved-memory/fw@70000000")));
    EXPECT_FALSE(is_no_device(opened_.at("/soc/x@b300000")));
}

}  // namespace
}  // namespace isthmus::dom0less
