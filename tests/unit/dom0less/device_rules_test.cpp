// SPDX-License-Identifier: Apache-2.0
// Every rule of assigned devices, provoked by partial trees; all findings of each are compared.
#include "dom0less/devices/planner.hpp"
#include "dom0less/devices/window.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/dom0less/rule_cases.hpp"
#include "tests/unit/support/assigned_devices.hpp"

namespace isthmus::dom0less {
namespace {

using test::assigned_domain;
using test::device;
using test::domain;
using test::forced;
using test::machine;
using test::Modules;
using test::net;
using test::net_path;
using test::net_reg;
using test::partial;
using test::partial_place;
using test::PlannedTree;

struct DeviceCase {
    const char* name;
    std::string nodes;  ///< in /passthrough of domain 1
    const char* rules;  ///< all of them, in order
    std::string body = {};
    std::string nodes2 = {};  ///< in that of domain 2; empty: there is no such domain
    std::string more = {};    ///< in the boot tree's root
    std::string chosen = {};
};

constexpr const char* rtc1 = "/rtc@9010000";
constexpr const char* rtc2 = "/rtc@9020000";

const std::string two_rtcs =
    device(rtc1, "9010000", "9010000") + device(rtc2, "9020000", "9020000");

std::string as(const std::string& properties) {
    return "device { " + properties + " };";
}

std::vector<DeviceCase> single_node_cases() {
    return {
        {"good", net(), ""},
        {"good_by_alias", net(net_reg + "xen,path = \"net0\"; " + forced), ""},
        {"good_without_registers", net(net_path + forced), ""},
        {"good_registers_alone", as("xen,reg = <0 0xd000000 0 0x1000 0 0xd000000>; " + forced), ""},
        {"path_missing", net(net_reg + "xen,path = \"/ethernet@d\"; " + forced), "dev-path"},
        {"path_not_enabled", as("xen,path = \"/off@c000000\"; " + forced), "dev-path"},
        {"path_no_device", as("xen,path = \"/clock\"; " + forced), "dev-path"},
        {"path_no_text", as("xen,path = [61 62]; " + forced), "dev-property"},
        {"path_absent", as(net_reg), "dev-property dev-iommu"},
        {"force_alone", as(forced), "dev-property"},
        {"reg_length", as("xen,reg = <0 0xb000000 0 0x2000>; " + net_path + forced), "dev-reg"},
        {"reg_empty", as("xen,reg; " + net_path + forced), "dev-reg"},
        {"reg_zero", as("xen,reg = <0 0xb000000 0 0 0 0xb000000>; " + net_path + forced),
         "dev-reg"},
        {"reg_host_page", as("xen,reg = <0 0xb000200 0 0x1000 0 0xb000000>; " + net_path + forced),
         "dev-reg"},
        {"reg_size_page", as("xen,reg = <0 0xb000000 0 0x200 0 0xb000000>; " + net_path + forced),
         "dev-reg"},
        {"reg_guest_page", as("xen,reg = <0 0xb000000 0 0x1000 0 0xb000200>; " + net_path + forced),
         "dev-reg"},
        {"reg_wraps",
         as("xen,reg = <0xffffffff 0xfffff000 0 0x2000 0 0xb000000>; " + net_path + forced),
         "dev-reg"},
        {"reg_wraps_in_the_guest",
         as("xen,reg = <0 0xb000000 0 0x2000 0xffffffff 0xfffff000>; " + net_path + forced),
         "dev-reg"},
        {"reg_cells", "bus { #address-cells = <3>; #size-cells = <2>; " + net() + "};", "dev-reg"},
        {"reg_in_the_cells_of_its_bus",
         "bus { #address-cells = <1>; #size-cells = <1>; x { xen,reg = <0xb000000 0x2000 "
         "0xb000000>; " +
             net_path + forced + "}; };",
         ""},
        {"line_of_nobody", net(net_reg + net_path + forced, "interrupts = <0 52 4>; "),
         "dev-interrupt"},
        {"line_private", net(net_reg + net_path + forced, "interrupts = <1 9 4>; "),
         "dev-interrupt"},
        {"line_short", net(net_reg + net_path + forced, "interrupts = <0 50>; "), "dev-interrupt"},
        {"line_extended",
         net(net_reg + net_path + forced, "interrupts-extended = <&gic 0 50 4>, <&gic 0 7 4>; "),
         "dev-interrupt"},
        {"line_of_another_node", net() + "phy { interrupts = <0 51 4>; };", ""},
        {"line_without_its_device", net() + "phy { interrupts = <0 2 4>; };", "dev-interrupt"},
        {"line_of_another_controller",
         net() + "gpio: gpio { interrupt-controller; #interrupt-cells = <2>; x { interrupts = <9 "
                 "9>; }; }; y { interrupts-extended = <&gpio 1 2>; };",
         ""},
    };
}

std::vector<DeviceCase> planner_cases() {
    return {
        {"own_path", device("/pl011@9000000", "9000000", "9000000"), "dev-own"},
        {"own_page", as("xen,reg = <0 0x8000000 0 0x1000 0 0xd000000>; " + forced), "dev-own"},
        {"twice_path", net(), "dev-twice", "", net(net_path + forced)},
        {"twice_page", device("/virtio@a003c00", "a003000", "a003000"),
         "dev-address dev-twice dev-address", "", device("/virtio@a003e00", "a003000", "a003000")},
        {"twice_page_of_a_device", device("/virtio@a003c00", "a003000", "a003000"),
         "dev-address dev-address dev-twice", "", as("xen,path = \"/virtio@a003e00\"; " + forced)},
        {"twice_in_one_domain", net() + as(net_path + forced), "dev-twice"},
        {"range_of_another", device(rtc1, "9020000", "9020000"), "dev-range"},
        {"range_ram", as("xen,reg = <0 0x60000000 0 0x1000 0 0xd000000>; " + forced), "dev-range"},
        {"range_reserved", as("xen,reg = <0 0xe000000 0 0x1000 0 0xd000000>; " + forced),
         "dev-range", "", "",
         "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; fw@e000000 { reg = "
         "<0 0xe000000 0 0x100>; }; };"},
        {"iommu", net(net_reg + net_path), "dev-iommu"},
        {"iommu_enabled", net(net_reg + net_path), "dev-iommu", "passthrough = \"enabled\";"},
        {"iommu_disabled", net(net_reg + net_path), "dev-iommu", "passthrough = \"disabled\";"},
        {"disabled_and_forced", net(), "", "passthrough = \"disabled\";"},
        {"line_of_the_console", as("xen,path = \"/twin@9030000\"; " + forced), "dev-interrupt", "",
         "", "twin@9030000 { reg = <0 0x9030000 0 0x1000>; interrupts = <0 1 4>; };"},
        {"line_of_vpl011", as("xen,path = \"/x@9030000\"; " + forced), "dev-interrupt", "", "",
         "x@9030000 { reg = <0 0x9030000 0 0x1000>; interrupts = <0 0 4>; };"},
        {"line_of_another_domain", device(rtc1, "9010000", "9010000"), "dev-interrupt", "",
         device(rtc2, "9020000", "9020000")},
        {"guest_overlap_ram",
         device(rtc1, "9010000", "40000000") + two_rtcs.substr(0, 0) +
             device(rtc2, "9020000", "9020000"),
         "dev-guest-overlap"},
        {"guest_overlap_gic",
         two_rtcs + as("xen,reg = <0 0xd000000 0 0x1000 0 0x3001000>; " + forced),
         "dev-guest-overlap"},
        {"guest_overlap_uart",
         two_rtcs + as("xen,reg = <0 0xd000000 0 0x1000 0 0x22000000>; " + forced),
         "dev-guest-overlap"},
        {"guest_overlap_each_other",
         device(rtc1, "9010000", "9010000") + device(rtc2, "9020000", "9010000"),
         "dev-guest-overlap"},
        {"guest_range", net("xen,reg = <0 0xb000000 0 0x2000 0x100 0>; " + net_path + forced),
         "dev-guest-range"},
        {"direct_map", net("xen,reg = <0 0xb000000 0 0x2000 0 0xb002000>; " + net_path + forced),
         "dev-direct-map", "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;"},
        {"region_over_a_device", net(), "shm-lonely shm-guest-overlap",
         test::shm("shm", "a", "0 0x70000000 0 0xb001000 0 0x1000")},
        {"along_by_page", device("/virtio@a003c00", "a003000", "a003000"),
         "dev-address dev-goes-along"},
        {"address", device("/w@a004000", "a004000", "a004000"), "dev-address", "", "",
         "w@a004000 { reg = <0 0xa004000 0 0x100>; dma-coherent; };"},
        {"address_direct_map", device("/w@a004000", "a004000", "a004000"), "",
         "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;", "",
         "w@a004000 { reg = <0 0xa004000 0 0x100>; dma-coherent; };"},
        {"along_by_line", device(rtc1, "9010000", "9010000"), "dev-goes-along"},
        {"along_and_on", device("/virtio@a003c00", "a003000", "a003000"),
         "dev-address dev-interrupt", "", as("xen,path = \"/z@9030000\"; " + forced),
         "y@a003f00 { reg = <0 0xa003f00 0 0x100>; interrupts = <0 60 4>; };"
         "z@9030000 { reg = <0 0x9030000 0 0x1000>; interrupts = <0 60 4>; };"},
        {"along_if_not_withheld", device("/w@a004000", "a004000", "a004000"), "", "", "",
         "w@a004000 { reg = <0 0xa004000 0 0x100>; }; v@a004100 { reg = <0 0xa004100 0 0x100>; "
         "xen,passthrough; };"},
        {"dom0_page_of_the_console", net(), "dom0-device", "", "",
         "x@9000800 { reg = <0 0x9000800 0 0x2000>; };", test::kernel("0 0x5a000000 0 0x100000")},
        {"dom0_line_of_the_console", net(), "dom0-device", "", "",
         "x@9030000 { reg = <0 0x9030000 0 0x1000>; interrupts = <0 1 4>; };",
         test::kernel("0 0x5a000000 0 0x100000")},
        {"dom0_past_the_end", net(), "dom0-device", "", "",
         "x@10000000000 { reg = <0x100 0 0 0x1000>; };", test::kernel("0 0x5a000000 0 0x100000")},
    };
}

class DeviceRules : public testing::TestWithParam<DeviceCase> {};

TEST_P(DeviceRules, AllFindingsOfTheTree) {
    const DeviceCase& test_case = GetParam();
    Modules modules{{partial_place(1), test::compile_dts(partial(test_case.nodes))}};
    std::string chosen = test_case.chosen + assigned_domain(1, test_case.body);
    if (!test_case.nodes2.empty()) {
        modules[partial_place(2)] = test::compile_dts(partial(test_case.nodes2));
        chosen += assigned_domain(2);
    }
    const PlannedTree planned(machine(chosen, test::devices + test_case.more), modules);
    EXPECT_EQ(planned.rules(), test_case.rules) << planned.lines();
    EXPECT_EQ(planned.plan.has_value(), !planned.findings.has_errors());
    for (const Finding& finding : planned.findings.items()) {
        EXPECT_TRUE(finding.path.starts_with('/')) << test::to_text(finding);
        EXPECT_EQ(test::to_text(finding).find("{?}"), std::string::npos) << test::to_text(finding);
    }
}

std::string device_case_name(const testing::TestParamInfo<DeviceCase>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Nodes, DeviceRules, testing::ValuesIn(single_node_cases()),
                         device_case_name);
INSTANTIATE_TEST_SUITE_P(Together, DeviceRules, testing::ValuesIn(planner_cases()),
                         device_case_name);

TEST(DeviceRuleText, AFindingNamesTheModuleAndTheNodeInIt) {
    const PlannedTree planned(
        machine(assigned_domain(1), test::devices),
        Modules{
            {partial_place(1), test::compile_dts(partial(device(rtc1, "9020000", "9020000")))}});
    EXPECT_EQ(planned.lines(),
              "error[dev-range] /chosen/domU1/tree:/passthrough/device@9020000 xen,reg: host "
              "0x9020000-0x9021000 is not among the pages that hold registers of /rtc@9010000\n");
    EXPECT_EQ(planned.findings.items()[0].other_path, "/rtc@9010000");
}

}  // namespace
}  // namespace isthmus::dom0less
