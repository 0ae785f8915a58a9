// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan_text.hpp"

#include <gtest/gtest.h>

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
        "dom  name             memory     vCPUs on CPUs   UART  kernel                  ramdisk\n"
        "d1   domU1            64 MiB     2     0-1       yes   0x51000000-0x51800000   -\n"
        "d2   domU2            64 MiB     1     2         yes   0x52000000-0x52800000   -\n"
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
        "0x40000000-0x51000000     272 MiB    heap       Isthmus          no      -\n"
        "0x51000000-0x51800000     8 MiB      module     Isthmus          no      "
        "/chosen/domU1/module@51000000\n"
        "0x51800000-0x7c000000     680 MiB    heap       Isthmus          no      -\n"
        "0x7c000000-0x80000000     64 MiB     RAM        domU1            no      /chosen/domU1\n");
}

}  // namespace
}  // namespace isthmus::dom0less
