// SPDX-License-Identifier: Apache-2.0
// Every rule, provoked by a tree that is taken through the whole planner: all findings of each tree
// are compared, so that a mistake neither hides another nor drags a false one along.
#include "tests/unit/dom0less/rule_cases.hpp"

#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::machine;
using test::PlannedTree;
using test::shm;

using test::bare;
using test::Case;
using test::guest_a;
using test::host_a;
using test::kernel;
using test::mem_a;
using test::memory64;
using test::node_a;
using test::pair;
using test::ramdisk;
using test::raw;
using test::reserved;

std::string pool(const std::string& properties) {
    return "pool: cpupool { compatible = \"xen,cpupool\"; " + properties + " };";
}

std::vector<Case> shared_memory_cases() {
    const std::string good_mem = "xen,shared-mem = <" + host_a + ">; ";
    return {
        {"shm_good", pair(node_a(), node_a()), ""},
        {"shm_cells",
         "domU1 { compatible = \"xen,domain\"; memory = <0 0x10000>; cpus = <1>; " + node_a() +
             " };",
         "dom-cells dom-kernel-missing shm-cells"},
        {"shm_id_missing", pair(raw(good_mem), ""), "shm-id-missing"},
        {"shm_id_empty", pair(raw(good_mem + "xen,shm-id = \"\";"), ""), "shm-id-empty"},
        {"shm_id_too_long", pair(raw(good_mem + "xen,shm-id = \"0123456789abcdef\";"), ""),
         "shm-id-too-long"},
        {"shm_id_malformed", pair(raw(good_mem + "xen,shm-id = [61 62 63 64 65];"), ""),
         "shm-id-malformed"},
        {"shm_range_missing", pair(raw("xen,shm-id = \"a\";"), ""), "shm-range-missing"},
        {"shm_range_length", pair(mem_a("1 2 3"), ""), "shm-range-length"},
        {"shm_role", pair(node_a("role = \"lender\";"), node_a()), "shm-role"},
        {"shm_role_hides_nothing",
         pair(mem_a("0 0x70000000 0 0x41000000 0 0x10000", "role = \"boss\";"), ""),
         "shm-role shm-lonely shm-guest-overlap"},
        {"shm_access", pair(node_a("isthmus,access = \"x\";"), node_a()), "shm-access"},
        {"shm_presentation", pair(node_a("isthmus,presentation = \"\";"), node_a()),
         "shm-presentation"},
        {"shm_offset",
         pair(node_a(),
              mem_a("0 0x70000000 0 0x60000000 0 0x8000", "isthmus,offset = <0 0xc000>;")),
         "shm-offset"},
        {"shm_size_zero", pair(mem_a("0 0x70000000 0 0x60000000 0 0"), ""), "shm-size-zero"},
        {"shm_align", pair(mem_a("0 0x70000400 0 0x60000000 0 0x1000"), ""), "shm-align"},
        {"shm_host_overflow", pair(mem_a("0xffffffff 0xfffff000 0 0x60000000 0 0x2000"), ""),
         "shm-host-overflow"},
        {"shm_guest_overflow", pair(mem_a("0 0x70000000 0xffffffff 0xfffff000 0 0x2000"), ""),
         "shm-guest-overflow"},
        {"shm_guest_range", pair(mem_a("0 0x70000000 0x100 0 0 0x1000"), ""), "shm-guest-range"},
        {"shm_id_conflict_host", pair(node_a(), mem_a("0 0x71000000 0 0x60000000 0 0x10000")),
         "shm-id-conflict"},
        {"shm_id_conflict_size", pair(node_a(), mem_a("0 0x70000000 0 0x60000000 0 0x20000")),
         "shm-id-conflict"},
        {"shm_alias",
         pair(node_a() + shm("shm2", "b", "0 0x70000000 0 0x68000000 0 0x10000"),
              node_a() + shm("shm2", "b", "0 0x70000000 0 0x68000000 0 0x10000")),
         "shm-alias"},
        {"shm_host_overlap_region",
         pair(node_a() + shm("shm2", "b", "0 0x70008000 0 0x68000000 0 0x10000"),
              node_a() + shm("shm2", "b", "0 0x70008000 0 0x68000000 0 0x10000")),
         "shm-host-overlap"},
        {"shm_host_overlap_module",
         pair(mem_a("0 0x51000000 0 0x60000000 0 0x10000"),
              mem_a("0 0x51000000 0 0x60000000 0 0x10000")),
         "shm-host-overlap"},
        {"shm_host_overlap_static_mem",
         pair("xen,static-mem = <0 0x6c000000 0 0x4000000>; " + mem_a("0 0x6fff0000 0 0x60000000 0 "
                                                                      "0x10000"),
              mem_a("0 0x6fff0000 0 0x60000000 0 0x10000")),
         "shm-host-overlap"},
        {"shm_host_overlap_heap",
         "xen,static-heap = <0 0x60000000 0 0x18000000>; " + pair(node_a(), node_a()),
         "shm-host-overlap"},
        {"shm_host_overlap_reserved", pair(node_a(), node_a()), "shm-host-overlap", reserved},
        {"shm_host_not_ram",
         pair(mem_a("0 0x7fff8000 0 0x60000000 0 0x10000"),
              mem_a("0 0x7fff8000 0 0x60000000 0 0x10000")),
         "shm-host-not-ram"},
        {"shm_host_mixed", pair(node_a(), mem_a(guest_a)), "shm-host-mixed"},
        {"shm_owner_duplicate", pair(node_a("role = \"owner\";"), node_a("role = \"owner\";")),
         "shm-owner-duplicate"},
        {"shm_owner_missing", pair(node_a("role = \"borrower\";"), node_a("role = \"borrower\";")),
         "shm-owner-missing"},
        {"shm_twice",
         pair(node_a() + shm("shm2", "a", "0 0x70000000 0 0x68000000 0 0x10000"), node_a()),
         "shm-twice"},
        {"shm_lonely", pair(node_a(), ""), "shm-lonely"},
        {"shm_guest_overlap_ram", pair(mem_a("0 0x70000000 0 0x43ff0000 0 0x10000"), node_a()),
         "shm-guest-overlap"},
        {"shm_guest_overlap_gic", pair(mem_a("0 0x70000000 0 0x03010000 0 0x10000"), node_a()),
         "shm-guest-overlap"},
        {"shm_guest_overlap_redistributors",
         pair(mem_a("0 0x70000000 0 0x03020000 0 0x10000"), node_a()), "shm-guest-overlap"},
        {"shm_guest_overlap_uart", pair(mem_a("0 0x70000000 0 0x21ff1000 0 0x10000"), node_a()),
         "shm-guest-overlap"},
        {"shm_guest_overlap_region",
         pair(node_a() + shm("shm2", "b", "0 0x78000000 0 0x6000f000 0 0x1000"),
              node_a() + shm("shm2", "b", "0 0x78000000 0 0x68000000 0 0x1000")),
         "shm-guest-overlap"},
        {"shm_direct_map",
         pair("direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; " +
                  mem_a("0 0x70000000 0 0x68000000 0 0x10000"),
              node_a()),
         "shm-direct-map"},
        {"shm_direct_map_no_host",
         pair("direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; " +
                  mem_a("0 0x68000000 0 0x10000"),
              mem_a("0 0x68000000 0 0x10000")),
         "shm-direct-map"},
        {"shm_direct_map_good",
         pair("direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; " +
                  mem_a("0 0x70000000 0 0x70000000 0 0x10000"),
              node_a()),
         ""},
        {"shm_direct_map_windows_of_others",
         pair("direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; " +
                  mem_a("0 0x70000000 0 0x70000000 0 0x10000"),
              mem_a("0 0x70000000 0 0x70000000 0 0x10000")),
         ""},
        {"shm_unknown_property", pair(node_a("isthmus,nonsense;"), node_a()),
         "shm-unknown-property"},
    };
}

/// A guest whose node has this name.
std::string named(const std::string& name) {
    return name + domain(1, "").substr(5);
}

std::vector<Case> domain_cases() {
    return {
        {"dom_none", "", "dom-none"},
        {"dom_name_of_isthmus", named("isthmus"), "dom-name"},
        {"dom_name_like_isthmus", named("isthmus1") + domain(2, ""), ""},
        {"dom_name_of_dom0_without_one", named("Dom0"), ""},
        {"dom_name_of_dom0",
         "xen,xen-bootargs = \"dom0_mem=64M\"; dom0 { compatible = \"multiboot,kernel\"; reg = <0 "
         "0x48000000 0 0x100000>; };" +
             named("Dom0"),
         "dom-name"},
        {"dom_cells",
         "domU1 { compatible = \"xen,domain\"; #address-cells = <2>; memory = <0 0x10000>; cpus = "
         "<1>; "
         "};",
         "dom-cells dom-kernel-missing"},
        {"dom_cpus_missing", bare(memory64 + kernel()), "dom-cpus"},
        {"dom_cpus_zero", bare(memory64 + "cpus = <0>; " + kernel()), "dom-cpus"},
        {"dom_cpus_many", bare(memory64 + "cpus = <129>; " + kernel()), "dom-cpus"},
        {"dom_cpu_shortage",
         "xen,xen-bootargs = \"sched=null\";" + domain(1, "", 64, 3) + domain(2, "", 64, 2),
         "dom-cpu-shortage"},
        {"dom_cpu_shortage_shared_good",
         "xen,xen-bootargs = \"sched=rr sched-slice=20\";" + domain(1, "", 64, 3) +
             domain(2, "", 64, 2),
         ""},
        {"dom_cpupool_good",
         pool("cpupool-cpus = <&cpu1 &cpu3>; cpupool-sched = \"rr\";") +
             domain(1, "domain-cpupool = <&pool>; isthmus,priority = <255>;", 64, 3),
         ""},
        {"dom_cpu_shortage_pool",
         "xen,xen-bootargs = \"sched=null\";" + pool("cpupool-cpus = <&cpu1 &cpu3>;") +
             domain(1, "domain-cpupool = <&pool>;", 64, 3) + domain(2, "", 64, 3),
         "dom-cpu-shortage dom-cpu-shortage"},
        {"dom_affinity_pool",
         pool("cpupool-cpus = <&cpu1 &cpu3>;") +
             domain(1,
                    "domain-cpupool = <&pool>;"
                    "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"0,2\"; };"),
         "dom-affinity"},
        {"dom_cpupool", domain(1, "domain-cpupool = <&gic>;"), "dom-cpupool"},
        {"dom_cpupool_cells", domain(1, "domain-cpupool = \"pool\";"), "dom-cpupool"},
        {"dom_priority", domain(1, "isthmus,priority = <256>;"), "dom-priority"},
        {"cpupool_cpus_absent", pool("") + domain(1, ""), "cpupool-cpus"},
        {"cpupool_cpus_no_cpu", pool("cpupool-cpus = <&gic &cpu0>;") + domain(1, ""),
         "cpupool-cpus"},
        {"cpupool_cpus_twice", pool("cpupool-cpus = <&cpu1 &cpu1>;") + domain(1, ""),
         "cpupool-cpus"},
        {"cpupool_sched",
         pool("cpupool-cpus = <&cpu1>; cpupool-sched = \"credit3\";") + domain(1, ""),
         "cpupool-sched"},
        {"dom_affinity_number",
         domain(1, "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"a\"; };"),
         "dom-affinity"},
        {"dom_affinity_vcpu",
         domain(1, "v { compatible = \"xen,vcpu\"; id = <1>; hard-affinity = \"0\"; };"),
         "dom-affinity"},
        {"dom_affinity_taken",
         "xen,xen-bootargs = \"sched=null\";" +
             domain(1, "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"2\"; };") +
             domain(2, "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"2\"; };"),
         "dom-affinity"},
        {"dom_affinity_twice",
         domain(1,
                "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"2\"; };"
                "w { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"3\"; };"),
         "dom-affinity"},
        {"dom_affinity_absent_cpu",
         domain(1, "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"4-7\"; };"),
         "dom-affinity"},
        {"dom_nr_spis", domain(1, "nr_spis = <989>;"), "dom-nr-spis"},
        {"dom_kernel_missing", bare(memory64 + "cpus = <1>;"), "dom-kernel-missing"},
        {"dom_bootargs",
         bare(memory64 + "cpus = <1>; k { compatible = \"multiboot,kernel\"; reg = <0 0x50000000 0 "
                         "0x1000>; bootargs = [61 62]; };"),
         "dom-bootargs"},
        {"dom_module_duplicate",
         domain(1, "k { compatible = \"xen,linux-zimage\"; reg = <0 0x60000000 0 0x1000>; };"),
         "dom-module-duplicate"},
        {"dom_module_range_missing",
         bare(memory64 + "cpus = <1>; k { compatible = "
                         "\"multiboot,kernel\"; };"),
         "dom-module-range"},
        {"dom_module_range_wraps",
         bare(memory64 + "cpus = <1>; " + kernel("0xffffffff 0xffffffff 0 2")), "dom-module-range"},
        {"dom_module_range_no_ram", bare(memory64 + "cpus = <1>; " + kernel("0 0x1000 0 0x1000")),
         "dom-module-range"},
        {"dom_module_range_kernel_larger_than_ram",
         bare(memory64 + "cpus = <1>; " + kernel("0 0x50000000 1 0")) +
             domain(2, ramdisk("0 0x60000000 0 0x1000")),
         "dom-module-range"},
        {"dom_module_range_ramdisk_larger_than_ram",
         domain(1, ramdisk("0 0x60000000 0x100 0")) + domain(2, ""), "dom-module-range"},
        {"dom0_modules_larger_than_ram",
         kernel("0 0x50000000 1 0") + ramdisk("0 0x48000000 0xffffffff 0") + domain(1, ""),
         "dom-module-range dom-module-range"},
        {"dom_module_overlap",
         domain(1, ramdisk("0 0x50100000 0 0x10")) + domain(2, ramdisk("0 0x517fffff 0 0x10")),
         "dom-module-overlap"},
        {"dom_module_shared",
         domain(1, ramdisk("0 0x60000000 0 0x10")) + domain(2, ramdisk("0 0x60000000 0 0x10")), ""},
        {"dom_module_overlap_reserved", domain(1, ramdisk("0 0x70000800 0 0x10")),
         "dom-module-overlap", reserved},
        {"dom_unsupported",
         domain(1,
                "capabilities = <1>; llc-colors = \"0\"; sve; "
                "v8r_el1_msa; xen,sci_type = \"scmi_smc\"; trap-unmapped-accesses = <0>;"),
         "dom-unsupported dom-unsupported dom-unsupported dom-unsupported dom-unsupported "
         "dom-unsupported"},
        {"dom0_without_kernel",
         "ramdisk { compatible = \"multiboot,ramdisk\"; }; " + node_a() + domain(1, ""),
         "dom-ignored dom-kernel-missing"},
        {"dom0_wrong_modules",
         "kernel { compatible = \"multiboot,kernel\"; }; d { compatible = "
         "\"multiboot,device-tree\"; reg = <0 0x51000000 0 0x1000>; };" +
             domain(1, ""),
         "dom-unsupported dom-module-range"},
        {"dom_ignored",
         domain(1,
                "max_grant_frames = <1>; xen,domain-p2m-mem-mb = <4>; m { compatible = "
                "\"multiboot,module\"; }; other { };"),
         "dom-ignored dom-ignored dom-ignored dom-ignored"},
        {"dom_unknown_property",
         "isthmus,other; isthmus,plan-digest = \"x\";" +
             domain(1, "vpl01; isthmus,magic; isthmus,plan-digest;"),
         "dom-unknown-property dom-unknown-property dom-unknown-property dom-unknown-property"},
        {"dom_allowed",
         domain(1, "xen,enhanced = \"disabled\"; passthrough = \"disabled\"; nr_spis = <64>;"), ""},
        {"options", "bootargs = \"console=dtuart sync_console on-last-off=sleep\";" + domain(1, ""),
         "opt-unknown opt-value"},
    };
}

std::vector<Case> combined_cases() {
    return {
        {"several_mistakes",
         "xen,xen-bootargs = \"sched=null\";" +
             domain(1, mem_a("0 0x51000000 0 0x41000000 0 0x10000"), 700) +
             domain(2, "nr_spis = <5000>;" + mem_a("0 0x51000000 0 0x22000000 0 0x20000"), 64, 4),
         "dom-nr-spis shm-id-conflict shm-guest-overlap shm-guest-overlap shm-host-overlap "
         "dom-cpu-shortage"},
    };
}

class Rules : public testing::TestWithParam<Case> {};

TEST_P(Rules, AllFindingsOfTheTree) {
    test::expect_findings(GetParam());
}

INSTANTIATE_TEST_SUITE_P(SharedMemory, Rules, testing::ValuesIn(shared_memory_cases()),
                         test::case_name);
INSTANTIATE_TEST_SUITE_P(Domains, Rules, testing::ValuesIn(domain_cases()), test::case_name);
INSTANTIATE_TEST_SUITE_P(Combined, Rules, testing::ValuesIn(combined_cases()), test::case_name);

TEST(RuleText, AModuleThatIsLargerThanRamIsNamedWithItsSize) {
    const PlannedTree planned(
        machine(bare(memory64 + "cpus = <1>; " + kernel("0 0x50000000 1 0"))));
    EXPECT_EQ(planned.lines(),
              "error[dom-module-range] /chosen/domU1/module@50000000 reg: 4 GiB at 0x50000000 are "
              "more than the 1 GiB of RAM that the machine has\n");
}

TEST(RuleText, AModuleThatLeavesNothingIsNamedWithItsSize) {
    const PlannedTree planned(
        machine(bare(memory64 + "cpus = <1>; " + kernel("0 0x42000000 0 0x3e000000"))));
    EXPECT_EQ(
        planned.lines(),
        "error[dom-out-of-memory] /chosen/domU1: 64 MiB of RAM wanted, but 28 MiB are all that "
        "is free beside the module /chosen/domU1/module@50000000, which has 992 MiB; 7700 KiB "
        "would fit\n");
    EXPECT_EQ(planned.findings.items()[0].other_path, "/chosen/domU1/module@50000000");
}

TEST(RuleText, AFindingNamesValuesAndTheOtherNode) {
    const PlannedTree planned(machine(pair(mem_a("0 0x51000000 0 0x60000000 0 0x10000"),
                                           mem_a("0 0x51000000 0 0x60000000 0 0x10000"))));
    EXPECT_EQ(planned.lines(),
              "error[shm-host-overlap] /chosen/domU1/shm xen,shared-mem: host "
              "0x51000000-0x51010000 overlaps module 0x51000000-0x51800000 of "
              "/chosen/domU1/module@51000000\n");
    EXPECT_EQ(planned.findings.items()[0].other_path, "/chosen/domU1/module@51000000");
}

TEST(RuleText, OutOfMemoryNamesTheNumbers) {
    const PlannedTree planned(machine(domain(1, "", 700) + domain(2, "", 400)));
    EXPECT_EQ(
        planned.lines(),
        "error[dom-out-of-memory] /chosen/domU2: 400 MiB of RAM wanted, but 700 MiB of the 1004 "
        "MiB that are free are given to others and 20972 KiB are kept for the heap; 290324 KiB "
        "would fit\n");
}

TEST(RuleText, TwoDomainsOfOneName) {
    test::Blob blob = test::compile_dts(machine(domain(1, "") + domain(2, "")));
    const std::string_view text(reinterpret_cast<const char*>(blob.data()), blob.size());
    blob[text.find("domU2") + 4] = std::byte{'1'};  // dtc would join them
    EXPECT_EQ(PlannedTree(blob).lines(),
              "error[fdt-node-twice] /chosen/domU1: the second of /chosen's nodes with this name: "
              "no path leads to it\n");
}

TEST(RuleText, TooManyDomainsAreALimit) {
    std::string domains;
    for (int i = 0; i < 65; ++i) {
        domains += "d" + std::to_string(i) + " { compatible = \"xen,domain\"; };";
    }
    EXPECT_TRUE(PlannedTree(machine(domains)).has_rule("dom-limit"));
}

TEST(RuleText, AnArenaThatIsUsedUpIsALimit) {
    const test::Blob blob = test::compile_dts(machine(pair(node_a(), node_a())));
    bool planned_once = false;
    for (std::size_t bytes = 4096; bytes < 64 * 1024; bytes += 128) {
        const PlannedTree planned(blob, {}, bytes);
        ASSERT_EQ(planned.plan.has_value(), !planned.findings.has_errors()) << bytes;
        planned_once |= planned.plan.has_value();
    }
    EXPECT_TRUE(planned_once);
}

TEST(RuleText, TheImageAndTheBootTreeAreInTheWayToo) {
    const PlannedTree planned(machine(pair(node_a(), node_a())),
                              *HostRange::from(HostAddress(0x6ff00000), 0x200000));
    EXPECT_EQ(planned.lines(),
              "error[shm-host-overlap] /chosen/domU1/shm xen,shared-mem: host "
              "0x70000000-0x70010000 overlaps the image of Isthmus 0x6ff00000-0x70100000\n");
}

}  // namespace
}  // namespace isthmus::dom0less
