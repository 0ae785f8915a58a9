// SPDX-License-Identifier: Apache-2.0
// What is mapped into a guest as a device, or for Dom0 as reserved memory, is nothing that Isthmus
// keeps.
#include "dom0less/devices/kept_ranges.hpp"

#include "tests/unit/dom0less/rule_cases.hpp"
#include "tests/unit/support/assigned_devices.hpp"

namespace isthmus::dom0less {
namespace {

using test::assigned_domain;
using test::Case;
using test::changed;
using test::domain;
using test::machine;
using test::PlannedTree;

/// A GICv2, of which the last two entries of `reg` are the hypervisor's and the guests' interface.
std::string gicv2(const std::string& gich, const std::string& gicv, const std::string& more = {}) {
    return changed(
        "&gic { compatible = \"arm,gic-400\"; reg = <0 0x8000000 0 0x1000 0 0x8010000 0 0x2000 0 " +
        gich + " 0 0x2000 0 " + gicv + " 0 0x2000>; };" + more);
}

std::vector<Case> cases() {
    const std::string guest = domain(1, "");
    const std::string iommu =
        "/ { iommu@b000000 { compatible = \"arm,smmu-v3\"; reg = <0 0xb000000 0 0x20000>; }; };";
    const std::string rtc = "rtc@8050000 { reg = <0 0x8050800 0 0x100>; ";
    return {
        {"gicv2_good", guest, "", gicv2("0x8020000", "0x8040000")},
        {"gicv_over_gicd", guest, "host-device-overlap", gicv2("0x8020000", "0x7fff000")},
        {"gicv_over_gicc", guest, "host-device-overlap", gicv2("0x8020000", "0x8011000")},
        {"gicv_over_gich", guest, "host-device-overlap", gicv2("0x8020000", "0x8020000")},
        {"gicv_over_console", guest, "host-device-overlap", gicv2("0x8020000", "0x8fff000")},
        {"gicv_over_an_smmu", guest, "host-device-overlap", gicv2("0x8020000", "0xb01f000", iommu)},
        {"gicv_over_ram", guest, "host-device-overlap", gicv2("0x8020000", "0x3ffff000")},
        {"gicv_over_a_device", guest, "host-device-overlap",
         gicv2("0x8020000", "0x804f000", "/ { " + rtc + "}; };")},
        {"gicv_over_a_device_that_is_off", guest, "",
         gicv2("0x8020000", "0x804f000", "/ { " + rtc + "status = \"disabled\"; }; };")},
        {"gich_over_ram", guest, "host-device-overlap", gicv2("0x40000000", "0x8040000")},
        {"gicd_and_redistributors", guest, "host-device-overlap",
         changed("&gic { reg = <0 0x8000000 0 0x10000 0 0x8000000 0 0xf60000>; };")},
        {"console_over_redistributors", guest, "host-device-overlap",
         changed("&uart0 { reg = <0 0x80a0000 0 0x1000>; };")},
        {"console_over_ram", guest, "host-device-overlap",
         changed("&uart0 { reg = <0 0x7ffff000 0 0x1000>; };")},
        {"smmu_over_ram", guest, "host-device-overlap",
         "iommu@3fff0000 { compatible = \"arm,smmu-v3\"; reg = <0 0x3fff0000 0 0x20000>; };"},
    };
}

class MachineRegisters : public testing::TestWithParam<Case> {};

TEST_P(MachineRegisters, AllFindingsOfTheTree) {
    test::expect_findings(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Trees, MachineRegisters, testing::ValuesIn(cases()), test::case_name);

TEST(KeptRanges, AFindingNamesBoth) {
    EXPECT_EQ(PlannedTree(machine(domain(1, ""), gicv2("0x8020000", "0x8011000"))).lines(),
              "error[host-device-overlap] /interrupt-controller@8000000 reg: the virtual CPU "
              "interface, which guests reach, 0x8011000-0x8013000 lies over the CPU interface "
              "0x8010000-0x8012000\n");
}

/// Domain 1 is assigned these host pages by force, without a device's name.
std::string assigned(const std::string& host, HostRange image, const std::string& more = {}) {
    const std::string node = "device { xen,reg = <0 " + host +
                             " 0 0x1000 0 0xb000000>; xen,force-assign-without-iommu; };";
    const test::Modules modules{{test::partial_place(1), test::compile_dts(test::partial(node))}};
    return PlannedTree(test::compile_dts(machine(assigned_domain(1), test::devices + more)), image,
                       4 * 1024 * 1024, modules)
        .lines();
}

TEST(KeptRanges, ADevicesPagesAreNothingThatIsKept) {
    const std::string head = "error[dev-own] /chosen/domU1/tree:/passthrough/device xen,reg: host ";
    EXPECT_EQ(assigned("0xc000000", {}), "");
    // The second page of a CPU interface of which the tree names only the first.
    const std::string first_page = changed(
        "&gic { compatible = \"arm,gic-400\"; reg = <0 0x8000000 0 0x1000 0 0x8010000 0 0x1000 0 "
        "0x8020000 0 0x2000 0 0x8040000 0 0x2000>; };");
    EXPECT_EQ(assigned("0x8011000", {}, first_page),
              head +
                  "0x8011000-0x8012000 overlaps the CPU interface of "
                  "/interrupt-controller@8000000, which Isthmus keeps for itself\n");
    // An image outside of the RAM that the tree names.
    EXPECT_EQ(assigned("0xc000000", *HostRange::from(HostAddress(0xc000000), 0x10'0000)),
              head +
                  "0xc000000-0xc001000 overlaps the image of Isthmus, which Isthmus keeps for "
                  "itself\n");
}

TEST(KeptRanges, Dom0DoesNotSeeAModuleInAPageThatIsReserved) {
    const PlannedTree planned(machine(
        "module@48000000 { compatible = \"multiboot,kernel\", \"multiboot,module\"; reg = <0 "
        "0x48000800 0 0x800000>; };",
        "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; a { reg = <0 "
        "0x47fff000 0 0x1800>; }; };"));
    ASSERT_TRUE(planned.plan) << planned.lines();
    bool found = false;
    for (const MappingPlan& mapping : planned.plan->domains[0].mappings) {
        if (mapping.type == mm::MappingType::reserved_rw) {
            found = true;
            EXPECT_EQ(mapping.guest.start().raw(), 0x47ff'f000u);
            EXPECT_EQ(mapping.guest.size(), page_size);
        }
    }
    EXPECT_TRUE(found);
}

PlannedTree reserved(const std::string& entry, const std::string& chosen) {
    return PlannedTree("/dts-v1/;\n/memreserve/ " + entry + ";\n" + machine(chosen).substr(9));
}

TEST(Memreserve, UnderWhatTheTreeGivesOutIsAWarning) {
    const std::string ram = domain(1, "xen,static-mem = <0 0x60000000 0 0x4000000>;");
    const std::string region = test::pair(test::node_a(), test::node_a());
    const PlannedTree over_ram = reserved("0x63fff000 0x2000", ram);
    EXPECT_TRUE(over_ram.plan);
    EXPECT_EQ(over_ram.lines(),
              "warning[dom-static-mem-memreserve] /chosen/domU1 xen,static-mem: host "
              "0x60000000-0x64000000 is given out, though it overlaps 0x63fff000-0x64001000, which "
              "firmware reserves by a /memreserve/ entry\n");
    const PlannedTree over_region =
        reserved("0x70001000 0x800;\n/memreserve/ 0x70000000 0x800", region);
    EXPECT_TRUE(over_region.plan);
    EXPECT_EQ(over_region.rules(), "shm-host-memreserve") << "once a region";
    EXPECT_EQ(reserved("0x70010000 0x1000", region).rules(), "");
    EXPECT_EQ(reserved("0x64000000 0x1000", ram).rules(), "");
    EXPECT_EQ(reserved("0x51000000 0x800000", ram).rules(), "") << "a module";
}

}  // namespace
}  // namespace isthmus::dom0less
