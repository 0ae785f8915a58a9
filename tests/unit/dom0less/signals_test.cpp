// SPDX-License-Identifier: Apache-2.0
// Doorbells and static event channels, from the tree to the plan and to the guests' trees.
#include "dom0less/plan/signals.hpp"

#include <gtest/gtest.h>

#include "dom0less/devices/spare_window.hpp"
#include "dom0less/emulated/gpio.hpp"
#include "dom0less/emulated/pvpanic.hpp"
#include "dom0less/emulated/watchdog.hpp"
#include "dom0less/read/channels.hpp"
#include "dom0less/signals/channels.hpp"
#include "dom0less/signals/doorbells.hpp"
#include "dom0less/signals/xen_interface.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "dom0less/tree/signals.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::Blob;
using test::domain;
using test::machine;
using test::OpenedTree;
using test::PlannedTree;
using test::shm;

constexpr const char* mem = "0 0x70000000 0 0x60000000 0 0x10000";
constexpr const char* mem2 = "0 0x71000000 0 0x61000000 0 0x10000";

std::string end(const std::string& label, const std::string& value) {
    return label + ": " + label + " { compatible = \"xen,evtchn-v1\"; xen,evtchn = <" + value +
           ">; };";
}

std::string two(const std::string& first, const std::string& second) {
    return machine(domain(1, first) + domain(2, second));
}

class GuestTree {
  public:
    GuestTree(const PlannedTree& planned, usize index) : buffer_(guest_tree_bytes) {
        const auto bytes =
            write_guest_tree(*planned.plan, planned.plan->domains[index], planned.host, buffer_);
        EXPECT_TRUE(bytes);
        buffer_.resize(bytes ? bytes->size() : 0);
        opened_ = std::make_unique<OpenedTree>(buffer_);
    }
    const fdt::Tree& tree() const { return *opened_->tree; }
    std::optional<fdt::Node> find(std::string_view path) const { return tree().find(path); }

  private:
    Blob buffer_;
    std::unique_ptr<OpenedTree> opened_;
};

std::vector<u32> cells(const fdt::Node& node, std::string_view name) {
    std::vector<u32> values;
    if (const auto property = node.property(name)) {
        for (usize i = 0; i < property->cell_count(); ++i) {
            values.push_back(property->cell(i));
        }
    }
    return values;
}

std::string text_of(const fdt::Node& node, std::string_view name) {
    std::string text;
    if (const auto property = node.property(name)) {
        for (const std::byte byte : property->value) {
            text += byte == std::byte{0} ? ' ' : static_cast<char>(byte);
        }
    }
    return text;
}

TEST(Doorbells, EachPartyHasOneToEachOther) {
    const PlannedTree planned(
        machine(domain(1, shm("s", "bus", mem, "isthmus,doorbell;") + shm("t", "pair", mem2)) +
                domain(2, shm("s", "bus", mem)) +
                domain(3, shm("s", "bus", mem, "isthmus,access = \"ro\";") +
                              shm("t", "pair", mem2,
                                  "isthmus,doorbell; isthmus,doorbell-when-off = \"drop\";"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const auto& domains = planned.plan->domains;
    ASSERT_EQ(domains[0].doorbells.size(), 3u);
    ASSERT_EQ(domains[1].doorbells.size(), 2u);
    ASSERT_EQ(domains[2].doorbells.size(), 3u);
    for (const DomainPlan& each : domains) {
        for (u32 i = 0; i < each.doorbells.size(); ++i) {
            const DoorbellPlan& bell = each.doorbells[i];
            const DoorbellPlan& back =
                find_domain(*planned.plan, bell.peer)->doorbells[bell.peer_bell];
            EXPECT_EQ(back.peer, each.id);
            EXPECT_EQ(back.peer_bell, i);
            EXPECT_EQ(back.region, bell.region);
        }
    }
    const auto bells = domains[0].doorbells;
    EXPECT_EQ(bells[0].intid, bells[1].intid);
    EXPECT_NE(bells[0].intid, bells[2].intid) << "another region";
    EXPECT_TRUE(bells[1].keep_when_off);
    EXPECT_FALSE(bells[2].keep_when_off);
    EXPECT_TRUE(domains[2].doorbells[2].keep_when_off) << "the peer says what it wants";
    EXPECT_EQ(domains[0].gic.spis, 32u);
    EXPECT_EQ(planned.plan->regions[0].parties.size(), 3u);
    EXPECT_TRUE(planned.plan->regions[0].has_doorbells);
}

TEST(Doorbells, ABlockForEachFour) {
    EXPECT_EQ(gpio_blocks(0), 0u);
    EXPECT_EQ(gpio_blocks(1), 1u);
    EXPECT_EQ(gpio_blocks(4), 1u);
    EXPECT_EQ(gpio_blocks(5), 2u);
}

TEST(Spare, NoWindowIsAReason) {
    const fdt::HostDescription host;
    for (const auto place : {place_gpio, place_watchdog, place_pvpanic}) {
        EXPECT_FALSE(place({host, true}).why_not.empty());
        EXPECT_TRUE(place({host, false}).why_not.empty());
    }
}

TEST(Spare, ADirectMappedGuestHasItsDevicesThereEachInAPlaceOfItsOwn) {
    const PlannedTree planned(
        machine(domain(1,
                       "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; isthmus,watchdog; "
                       "isthmus,pvpanic;")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const auto devices = planned.plan->domains[0].emulated;
    ASSERT_EQ(devices.size(), 3u);
    EXPECT_EQ(devices[1].registers[0].start().raw(), 0xff'ff01'0000u);
    EXPECT_EQ(devices[1].registers[1].start().raw(), 0xff'ff01'1000u);
    EXPECT_EQ(devices[2].registers[0].start().raw(), 0xff'ff02'0000u);
    EXPECT_TRUE(devices[2].interrupts.empty());
}

TEST(Spare, OtherGuestsHaveThemWhereTheLayoutSays) {
    const PlannedTree planned(machine(domain(1, "isthmus,watchdog; isthmus,pvpanic = <1>;")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const GuestTree guest(planned, 0);
    const auto dog = guest.find("/watchdog@22020000");
    ASSERT_TRUE(dog);
    EXPECT_EQ(text_of(*dog, "compatible"), "arm,sbsa-gwdt ");
    EXPECT_EQ(cells(*dog, "reg"),
              (std::vector<u32>{0, 0x2202'0000, 0, 0x1000, 0, 0x2202'1000, 0, 0x1000}));
    EXPECT_EQ(cells(*dog, "interrupts"), (std::vector<u32>{0, 12, 0xf04}));
    EXPECT_TRUE(guest.find("/pvpanic@22030000"));
}

TEST(Doorbells, WithoutThePropertyThereAreNone) {
    const PlannedTree planned(
        two(shm("s", "bus", mem), shm("s", "bus", mem, "isthmus,doorbell = <0>;")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_TRUE(planned.plan->domains[0].doorbells.empty());
    EXPECT_FALSE(planned.plan->regions[0].has_doorbells);
    const auto node = GuestTree(planned, 0).find("/reserved-memory/xen-shmem@60000000");
    EXPECT_EQ(planned.plan->domains[0].emulated.size(), 1u) << "the UART";
    EXPECT_TRUE(node);
}

TEST(Doorbells, TheGuestsTreeSaysWhoAndHow) {
    const PlannedTree planned(machine(domain(1, shm("s", "bus", mem, "isthmus,doorbell;")) +
                                      domain(2, shm("s", "bus", mem)) +
                                      domain(3, shm("s", "bus", mem))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const GuestTree guest(planned, 1);
    const auto region = guest.find("/reserved-memory/xen-shmem@60000000");
    ASSERT_TRUE(region);
    EXPECT_EQ(text_of(*region, "isthmus,parties"), "domU1 domU2 domU3 ");
    EXPECT_EQ(cells(*region, "isthmus,party"), std::vector<u32>{1});
    EXPECT_EQ(cells(*region, "isthmus,doorbells"), (std::vector<u32>{0, 0xffff'ffff, 1}));
    const u32 intid = planned.plan->domains[1].doorbells[0].intid;
    EXPECT_EQ(cells(*region, "interrupts"), (std::vector<u32>{0, intid - 32, 0xf01}));
    const auto gpio = guest.find("/gpio@22010000");
    ASSERT_TRUE(gpio);
    EXPECT_EQ(text_of(*gpio, "compatible"), "arm,pl061 arm,primecell ");
    EXPECT_EQ(text_of(*gpio, "gpio-line-names"),
              "bus.domU1.ring bus.domU1.rung bus.domU3.ring bus.domU3.rung ");
    EXPECT_EQ(text_of(*gpio, "clock-names"), "apb_pclk ");
    const auto clock = guest.tree().find_phandle(cells(*gpio, "clocks").at(0));
    ASSERT_TRUE(clock);
    EXPECT_TRUE(clock->is_compatible("fixed-clock"));
}

TEST(Doorbells, FourFillABlock) {
    std::string chosen;
    for (int i = 1; i <= 6; ++i) {
        chosen += domain(i, shm("s", "bus", mem, "isthmus,doorbell;"));
    }
    const PlannedTree planned(machine(chosen,
                                      "memory@80000000 { device_type = \"memory\"; reg = "
                                      "<0 0x80000000 0 0x40000000>; };"));
    // Six vCPUs take turns on four CPUs.
    ASSERT_TRUE(planned.plan) << planned.lines();
    const auto devices = planned.plan->domains[0].emulated;
    ASSERT_EQ(devices.size(), 3u);
    EXPECT_EQ(devices[1].number, 0u);
    EXPECT_EQ(devices[2].number, 1u);
    EXPECT_EQ(devices[2].registers[0].start().raw(), 0x2201'1000u);
    EXPECT_NE(devices[1].interrupts[0], devices[2].interrupts[0]);
    const GuestTree guest(planned, 0);
    EXPECT_EQ(text_of(*guest.find("/gpio@22011000"), "gpio-line-names"),
              "bus.domU6.ring bus.domU6.rung ");
}

TEST(Doorbells, ADirectMappedGuestHasThemWhereTheMachineHasNothing) {
    const std::string direct = "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; ";
    const std::string at = "0 0x70000000 0 0x70000000 0 0x10000";
    const std::string in_the_way =
        "pci@fffe000000 { compatible = \"test\"; reg = <0xff 0xff000000 0 0x1000>; };";
    const auto place = [&](const std::string& more) {
        const PlannedTree planned(
            machine(domain(1, direct + shm("s", "bus", at, "isthmus,doorbell;")) +
                        domain(2, shm("s", "bus", "0 0x70000000 0 0x50000000 0 0x10000")),
                    more));
        EXPECT_TRUE(planned.plan) << planned.lines();
        return planned.plan ? planned.plan->domains[0].emulated[1].registers[0].start().raw() : 0;
    };
    EXPECT_EQ(place(""), 0xff'ff00'0000u);
    EXPECT_EQ(place(in_the_way), 0xff'fd00'0000u);
    const std::string half_of_all =
        "pci@8000000000 { compatible = \"test\"; reg = <0x80 0 0x80 0>; };";
    EXPECT_EQ(place(half_of_all), 0x7f'ff00'0000u);
}

TEST(Doorbells, MoreThanThereMayBeAreAFinding) {
    // Eleven regions of seven: 60 doorbells a guest, then 66.
    const auto rules_of = [](int regions) {
        std::string chosen;
        for (int i = 1; i <= 7; ++i) {
            std::string nodes;
            for (int j = 0; j < regions; ++j) {
                TextBuffer<80> at;
                print(at, "0 {x} 0 {x} 0 0x1000", 0x7800'0000 + j * 0x1000,
                      0x6000'0000 + j * 0x1000);
                const std::string name = "s" + std::to_string(j);
                nodes += shm(name, name, std::string(at.view()), "isthmus,doorbell;");
            }
            chosen += domain(i, nodes, 16);
        }
        return PlannedTree(machine(chosen)).rules();
    };
    EXPECT_EQ(rules_of(10), "sched-turns");
    EXPECT_EQ(rules_of(11),
              "dom-limit dom-limit dom-limit dom-limit dom-limit dom-limit dom-limit sched-turns");
}

TEST(EventChannels, EndsFindEachOther) {
    const PlannedTree planned(two("xen,enhanced = \"no-xenstore\";" + end("e1", "10 &e2") +
                                      end("e3", "2 &e4") +
                                      shm("s", "bus", mem, "xen,notification = <&e1>;"),
                                  end("e2", "12 &e1") + end("e4", "1 &e3") + shm("s", "bus", mem)));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.rules(), "");
    const XenPlan& xen = planned.plan->domains[0].xen;
    EXPECT_EQ(xen.interface, XenInterface::node);
    ASSERT_EQ(xen.channels.size(), 2u);
    EXPECT_EQ(xen.channels[0].port, 2u) << "ascending";
    EXPECT_EQ(xen.channels[1].port, 10u);
    EXPECT_EQ(xen.channels[1].peer, planned.plan->domains[1].id);
    EXPECT_EQ(xen.channels[1].peer_port, 12u);
    EXPECT_EQ(xen.console_port, 1u);
    EXPECT_EQ(xen.console, *GuestRange::from(GuestAddress(0x43ff'f000), page_size));
    const XenPlan& other = planned.plan->domains[1].xen;
    EXPECT_EQ(other.interface, XenInterface::calls) << "nobody asked for the node";
    EXPECT_EQ(other.console_port, 0u);
    const auto ports = planned.plan->domains[0].views[0].event_ports;
    EXPECT_EQ(std::vector<u32>(ports.begin(), ports.end()), (std::vector<u32>{0, 10}));
}

TEST(EventChannels, TheGuestsTreeHasTheHypervisor) {
    const PlannedTree planned(two("xen,enhanced = \"no-xenstore\";", ""));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const GuestTree guest(planned, 0);
    const auto node = guest.find("/hypervisor");
    ASSERT_TRUE(node);
    EXPECT_EQ(text_of(*node, "compatible"), "xen,xen-4.17 xen,xen ");
    EXPECT_EQ(cells(*node, "reg"), (std::vector<u32>{0, 0x3800'0000, 0, 0x100'0000}));
    EXPECT_EQ(cells(*node, "interrupts"), (std::vector<u32>{1, 15, 0xf08}));
    const auto page = guest.find("/reserved-memory/xen-console@43fff000");
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->has("no-map"));
    EXPECT_FALSE(GuestTree(planned, 1).find("/hypervisor"));
    EXPECT_FALSE(GuestTree(planned, 1).find("/reserved-memory"));
}

TEST(EventChannels, NothingLiesInTheConsolesPage) {
    // The ramdisk would end right before the tree, which ends with RAM.
    const PlannedTree planned(two("xen,enhanced = \"no-xenstore\";", ""));
    const DomainPlan& guest = planned.plan->domains[0];
    EXPECT_FALSE(guest.tree_target.overlaps(guest.xen.console));
    EXPECT_FALSE(guest.kernel_window.overlaps(guest.xen.console));
    EXPECT_EQ(guest.tree_target.end().raw(), 0x43e0'0000u);
}

TEST(EventChannels, WhatIsNoPairIsAFinding) {
    struct Wrong {
        const char* name;
        std::string first;
        std::string second;
        const char* rules;
    };
    const std::array<Wrong, 12> wrong{{
        {"dangling", end("e1", "1 0x77"), "", "evtchn-peer"},
        {"no end", "l: s { compatible = \"x\"; };" + end("e1", "1 &l"), "",
         "dom-ignored evtchn-peer"},
        {"one-sided", end("e1", "1 &e2"), end("e2", "2 &e3") + end("e3", "3 &e1"),
         "evtchn-one-sided evtchn-same-domain evtchn-one-sided"},
        {"port 0", end("e1", "0 &e2"), end("e2", "2 &e1"), "evtchn-port"},
        {"port beyond", end("e1", "4096 &e2"), end("e2", "2 &e1"), "evtchn-port"},
        {"twice", end("e1", "1 &e2") + end("e3", "1 &e4"), end("e2", "2 &e1") + end("e4", "3 &e3"),
         "evtchn-port-twice"},
        {"same domain", end("e1", "1 &e2") + end("e2", "2 &e1"), "",
         "evtchn-same-domain evtchn-same-domain"},
        {"three cells", end("e1", "1 &e2 3"), end("e2", "2 &e1"), "evtchn-property"},
        {"nothing", "e { compatible = \"xen,evtchn-v1\"; };", "", "evtchn-property"},
        {"notification to nothing", shm("s", "bus", mem, "xen,notification = <0x55>;"),
         shm("s", "bus", mem), "shm-notification"},
        {"notification to no party",
         end("e1", "1 &e2") + shm("s", "bus", mem, "xen,notification = <&e1>;"), end("e2", "1 &e1"),
         "shm-lonely shm-notification"},
        {"no list", shm("s", "bus", mem, "xen,notification = \"x\";"),
         shm("s", "bus", mem, "isthmus,doorbell = <2>; isthmus,doorbell-when-off = \"wait\";"),
         "shm-notification shm-doorbell shm-doorbell"},
    }};
    for (const Wrong& each : wrong) {
        EXPECT_EQ(PlannedTree(two(each.first, each.second)).rules(), each.rules) << each.name;
    }
    EXPECT_EQ(PlannedTree(two(end("e1", "4095 &e2"), end("e2", "1 &e1"))).rules(), "");
}

TEST(Doorbells, NamesOfLinesThatLinuxCutsAreWarnedOf) {
    // With ".domU1.ring" the longest id has 26 characters: the guest's name makes it 31, or 32.
    const std::string id(shm::max_id_length, 'r');
    const auto rules = [&](const std::string& name, const std::string& extra) {
        std::string tree = two(shm("s", id, mem, extra), shm("s", id, mem));
        tree.replace(tree.find("domU1"), 5, name);
        return PlannedTree(tree).rules();
    };
    EXPECT_EQ(rules("ten-of-it1", "isthmus,doorbell;"), "");
    EXPECT_EQ(rules("eleven-of-1", "isthmus,doorbell;"), "shm-line-name");
    EXPECT_EQ(rules("eleven-of-1", ""), "");
}

TEST(EventChannels, Dom0sEndsAreBelowChosen) {
    const PlannedTree planned(
        machine("kernel { compatible = \"multiboot,kernel\"; reg = <0 0x58000000 0 0x800000>; };" +
                end("e1", "5 &e2") + domain(1, end("e2", "6 &e1"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const XenPlan& dom0 = planned.plan->domains[0].xen;
    EXPECT_EQ(dom0.interface, XenInterface::node);
    ASSERT_EQ(dom0.channels.size(), 1u);
    EXPECT_EQ(dom0.channels[0].peer_port, 6u);
    EXPECT_TRUE(GuestTree(planned, 0).find("/hypervisor"));
}

}  // namespace
}  // namespace isthmus::dom0less
