// SPDX-License-Identifier: Apache-2.0
// Trees as other people's tools and tests write them, and the findings about what is in them that
// is not here: what can be taken is taken, and what cannot is named.
#include "tests/unit/dom0less/rule_cases.hpp"

namespace isthmus::dom0less {
namespace {

using test::bare;
using test::Case;
using test::domain;
using test::kernel;
using test::mem_a;
using test::memory64;
using test::node_a;
using test::pair;

std::string pool(const std::string& properties) {
    return "pool: cpupool { compatible = \"xen,cpupool\"; " + properties + " };";
}

std::vector<Case> cases() {
    return {
        {"shm_guest_in_windows_that_this_guest_has_nothing_in",
         pair(mem_a("0 0x70000000 0 0x02000000 0 0x10000"),
              mem_a("0 0x70000000 0 0x23000000 0 0x10000")),
         ""},
        {"shm_guest_wide",
         pair(mem_a("0 0x70000000 0 0x04000000 0 0x10000000"),
              mem_a("0 0x70000000 0 0x04000000 0 0x10000000")),
         ""},
        {"shm_guest_behind_the_last_redistributor",
         pair(mem_a("0 0x70000000 0 0x03040000 0 0x10000"), node_a()), ""},
        {"shm_guest_at_the_uart_of_others",
         bare(memory64 + "cpus = <1>; " + kernel() + mem_a("0 0x70000000 0 0x22000000 0 0x10000")) +
             domain(2, node_a()),
         ""},
        {"shm_pmem_read_only",
         pair(node_a(), node_a("isthmus,presentation = \"pmem\"; isthmus,access = \"ro\";")),
         "shm-pmem-read-only"},
        {"shm_notification", pair(node_a("xen,notification = <1 2>;"), node_a("xen,shared;")),
         "shm-unknown-property shm-notification shm-notification"},
        {"sched_turns", domain(1, "", 64, 3) + domain(2, "", 64, 2), "sched-turns"},
        {"sched_turns_affinity",
         domain(1, "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"2\"; };") +
             domain(2, "v { compatible = \"xen,vcpu\"; id = <0>; hard-affinity = \"2\"; };"),
         "sched-turns"},
        {"sched_turns_of_a_pool",
         pool("cpupool-cpus = <&cpu1 &cpu3>;") + domain(1, "domain-cpupool = <&pool>;", 64, 3) +
             domain(2, "", 64, 2),
         "sched-turns"},
        {"sched_nearest",
         "xen,xen-bootargs = \"sched=credit2\";" +
             pool("cpupool-cpus = <&cpu1>; cpupool-sched = \"arinc653\";") + domain(1, ""),
         "sched-nearest sched-nearest"},
        {"dom_value",
         domain(1,
                "capabilities = \"control\"; sve = <100>; v8r_el1_msa = <2>; xen,sci_type = \"x\"; "
                "trap-unmapped-accesses = \"1\"; xen,enhanced = \"on\"; passthrough = \"some\"; "
                "direct-map = <0 0>; xen,static-mem = <0 0x60000000 0 0x4000000>;"),
         "dom-value dom-value dom-value dom-value dom-value dom-value dom-value dom-value"},
        {"dom_values_that_say_off",
         domain(1,
                "capabilities = <0>; llc-colors = \"\"; sve = <0>; v8r_el1_msa = <0>; direct-map = "
                "<0>; xen,sci_type = \"none\"; trap-unmapped-accesses = <1>; xen,enhanced = "
                "\"disabled\"; passthrough = \"enabled\";"),
         ""},
        {"dom_enhanced",
         domain(1, "xen,enhanced = \"enabled\"; max_grant_frames = <1>; max_grant_version = <1>;") +
             domain(2, "xen,enhanced;") + domain(3, "xen,enhanced = \"legacy\";") +
             domain(4, "xen,enhanced = \"no-xenstore\";"),
         "dom-ignored dom-ignored dom-ignored"},
        {"dom_silent_without_a_uart",
         bare(memory64 + "cpus = <1>; k { compatible = \"multiboot,kernel\"; reg = <0 0x50000000 0 "
                         "0x1000>; bootargs = \"quiet console=ttyAMA0,115200n8\"; };"),
         "dom-silent"},
        {"dom_silent_without_xens_console",
         bare(memory64 + "vpl011; cpus = <1>; k { compatible = \"multiboot,kernel\"; reg = <0 "
                         "0x52000000 0 0x1000>; bootargs = \"console=hvc0\"; };"),
         "dom-silent"},
        {"dom_not_silent",
         bare(memory64 + "vpl011; cpus = <1>; k { compatible = \"multiboot,kernel\"; reg = <0 "
                         "0x50000000 0 0x1000>; bootargs = \"console=ttyAMA0 console=hvc0\"; };"),
         ""},
        {"chosen_of_xen",
         "xen,uefi-cfg-load; xen,other; e { compatible = \"xen,evtchn-v1\"; }; p { compatible = "
         "\"xen,nonsense\"; };" +
             domain(1, ""),
         "dom-ignored dom-unknown-property dom-kernel-missing dom-ignored"},
        {"dom_module_for_efi",
         bare(memory64 + "cpus = <1>; k { compatible = \"multiboot,kernel\"; xen,uefi-binary = "
                         "\"Image\"; };"),
         "dom-module-range"},
    };
}

class OtherPeoplesTrees : public testing::TestWithParam<Case> {};

TEST_P(OtherPeoplesTrees, AllFindings) {
    test::expect_findings(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Trees, OtherPeoplesTrees, testing::ValuesIn(cases()), test::case_name);

}  // namespace
}  // namespace isthmus::dom0less
