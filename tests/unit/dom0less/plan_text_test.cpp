// SPDX-License-Identifier: Apache-2.0
#include "dom0less/show/plan_text.hpp"

#include <gtest/gtest.h>

#include "dom0less/show/plan_text_devices.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::machine;
using test::PlannedTree;
using test::shm;

std::string text_of(const PlannedTree& planned) {
    TextBuffer<16384> text;
    print_plan(text, *planned.plan, planned.host);
    return std::string(text.view());
}

TEST(PlanText, TellsWhoSeesWhatWhere) {
    const std::string mem = "0 0x70000000 0 0x60000000 0 0x10000";
    const PlannedTree planned(
        machine(domain(1, shm("shm", "bridge", mem, "role = \"owner\";"), 64, 2) +
                domain(2, shm("shm", "bridge", mem, "isthmus,access = \"ro\";"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(
        text_of(planned),
        "plan for test machine: 4 CPUs, 1 GiB of RAM, GICv3\n"
        "dom  name             memory     vCPUs on CPUs   emulated kernel                  "
        "ramdisk\n"
        "d1   domU1            64 MiB     2     0-1       uart     0x51000000-0x51800000   -\n"
        "d2   domU2            64 MiB     1     2         uart     0x52000000-0x52800000   -\n"
        "region             dialect size      host                    owner        refs borrowers\n"
        "\"bridge\"           text    64 KiB    0x70000000-0x70010000   domU1        2    domU2\n"
        "who sees         guest                     at host       size      as         region\n"
        "domU1            0x40000000-0x44000000     0x7c000000    64 MiB    RAM        -\n"
        "domU1            0x60000000-0x60010000     0x70000000    64 KiB    own rw     \"bridge\"\n"
        "domU2            0x40000000-0x44000000     0x78000000    64 MiB    RAM        -\n"
        "domU2            0x60000000-0x60010000     0x70000000    64 KiB    foreign ro "
        "\"bridge\"\n");
}

TEST(PlanText, LinesHaveAtMost100Columns) {
    const std::string node =
        "shm { compatible = \"xen,domain-shared-memory-v1\"; xen,shm-id = "
        "<4000000000>; xen,shared-mem = <0 0x70000000 0 0x10000 0xff 0xf0000000>; };";
    const PlannedTree planned(machine(domain(1, node) + domain(2, node)));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const std::string text = text_of(planned);
    EXPECT_NE(text.find("4000000000         cell"), std::string::npos) << text;
    usize start = 0;
    for (usize end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
        EXPECT_LE(end - start, 100u) << text.substr(start, end - start);
        start = end + 1;
    }
    EXPECT_EQ(start, text.size());
}

/// Two that share a page; one has an edge-triggered interrupt.
const std::string devices = R"(
    timer@a000000 { compatible = "x"; reg = <0 0xa000000 0 0x100>; interrupts = <0 40 1>; };
    timer@a000100 { compatible = "x"; reg = <0 0xa000100 0 0x100>; };)";
const std::string dom0_kernel = R"(
    module@48000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x48000000 0 0x800000>; };)";

TEST(PlanText, SumsUpTheDevicesOfDom0) {
    const PlannedTree planned(machine(dom0_kernel + domain(1, ""), devices));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const std::string text = text_of(planned);
    EXPECT_TRUE(
        text.ends_with("Dom0 has 2 devices: 1 pages of registers, 1 interrupt lines\n"
                       "guests decide what is cached: /timer@a000000 is not "
                       "dma-coherent\n"))
        << text;
    EXPECT_EQ(text.find("device of"), std::string::npos);
    EXPECT_EQ(text.find("0xa000000"), std::string::npos) << text;
}

TEST(PlanText, ListsTheDevicesOfAGuest) {
    PlannedTree planned(machine(domain(1, "")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const GuestRange near = *GuestRange::from(GuestAddress(0xa00'0000), 0x1000);
    const GuestRange far = *GuestRange::from(GuestAddress(0xb00'0000), 0x1000);
    const std::array<DeviceWindowPlan, 2> windows{
        {{near, HostAddress(0xa00'0000)}, {far, HostAddress(0xa10'0000)}}};
    const std::array<DevicePlan, 2> assigned{
        {{"/timer@a000000", "m:/passthrough/timer", windows, false}, {"", "m:/x", {}, true}}};
    const std::array<InterruptRoutePlan, 3> routes{{{27, 27, "timer", false},
                                                    {72, 72, "/timer@a000000", true},
                                                    {73, 73, "/timer@a000000", false}}};
    DomainPlan guest = planned.plan->domains[0];
    guest.devices = assigned;
    guest.interrupts = routes;
    planned.plan->domains = std::span(&guest, 1);
    TextBuffer<2048> text;
    print_devices(text, *planned.plan);
    EXPECT_EQ(std::string(text.view()),
              "device of        guest                     at host       interrupts        device\n"
              "domU1            0xa000000-0xa001000       same          72 edge,73        "
              "/timer@a000000\n"
              "                 0xb000000-0xb001000       0xa100000     \n"
              "                 asked for by m:/passthrough/timer\n"
              "domU1            -                         -             -                 "
              "registers alone\n"
              "                 asked for by m:/x, though nothing holds back its DMA\n"
              "guests decide what is cached: /timer@a000000 is not dma-coherent\n");
}

TEST(PlanText, NoGuests) {
    const PlannedTree planned(machine(""));
    EXPECT_EQ(text_of(planned), "plan for test machine: 4 CPUs, 1 GiB of RAM, GICv3\nno guests\n");
}

TEST(PlanText, HostMap) {
    const PlannedTree planned(machine(domain(1, "")));
    TextBuffer<4096> text;
    print_host_map(text, *planned.plan);
    EXPECT_EQ(
        std::string(text.view()),
        "host RAM                  size       use        owner            static  asked for by\n"
        "0x40000000-0x40400000     4 MiB      planning   Isthmus          no      -\n"
        "0x40400000-0x51000000     268 MiB    heap       Isthmus          no      -\n"
        "0x51000000-0x51800000     8 MiB      module     Isthmus          no      "
        "/chosen/domU1/module@51000000\n"
        "0x51800000-0x7c000000     680 MiB    heap       Isthmus          no      -\n"
        "0x7c000000-0x80000000     64 MiB     RAM        domU1            no      /chosen/domU1\n");
}

}  // namespace
}  // namespace isthmus::dom0less
