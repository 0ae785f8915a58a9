// SPDX-License-Identifier: Apache-2.0
// Machines with RAM, devices and reservations above the 40 bits that guests' addresses have:
// whatever would have to stand there in a guest is a finding, or is left away, and never mapped.
#include <gtest/gtest.h>

#include "isthmus/guest_layout.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::PlannedTree;

/// RAM, a device and a reservation from 1 TiB on.
const std::string far_machine = R"(
    memory@10000000000 { device_type = "memory"; reg = <0x100 0 0 0x20000000>; };
    reserved-memory {
        #address-cells = <2>; #size-cells = <2>; ranges;
        far@10010000000 { reg = <0x100 0x10000000 0 0x100000>; };
    };
    far_device: rtc@11000000000 { compatible = "arm,pl031"; reg = <0x110 0 0 0x1000>; };
)";
const std::string dom0_module =
    "dom0 { compatible = \"multiboot,kernel\", \"multiboot,module\"; reg = <0 0x51000000 0 "
    "0x800000>; };";

struct FarCase {
    const char* name;
    std::string chosen;
    const char* rules;  ///< all of them, in order; empty: there is a plan
    std::string more = far_machine;
};

std::vector<FarCase> cases() {
    const std::string far_gic =
        "}; &gic { reg = <0x100 0x8000000 0 0x10000 0x100 0x80a0000 0 0xf60000>; }; / {";
    const std::string static_ram = "xen,static-mem = <0 0x60000000 0 0x4000000>; ";
    const std::string far_static_ram = "xen,static-mem = <0x100 0 0 0x4000000>; ";
    const auto shared = [](const std::string& host_and_guest) {
        return domain(1, test::shm("shm", "a", host_and_guest + " 0 0x10000"));
    };
    return {
        {"a_guest", domain(1, ""), ""},
        {"a_large_guest", domain(1, "", 1300), ""},  // some of its RAM is far
        {"static_ram", domain(1, far_static_ram), ""},
        {"direct_static_ram", domain(1, "direct-map; " + far_static_ram), "dom-direct-map"},
        {"direct_controller", domain(1, "direct-map; " + static_ram),
         "dom-direct-map dom-direct-map", far_gic},
        {"controller", domain(1, ""), "", far_gic},
        {"region_of_far_host_memory", shared("0x100 0x18000000 0 0x70000000"), "shm-lonely"},
        {"region_at_a_far_guest_address", shared("0 0x70000000 0x100 0"), "shm-guest-range"},
        {"dom0", dom0_module, "dom0-device"},
        {"large_dom0", "xen,xen-bootargs = \"dom0_mem=1200M\"; " + dom0_module,
         "dom0-device dom-out-of-memory"},
    };
}

struct FarAddresses : testing::TestWithParam<FarCase> {};

TEST_P(FarAddresses, NothingIsMappedWhereNoGuestReaches) {
    const PlannedTree planned(test::machine(GetParam().chosen, GetParam().more));
    EXPECT_EQ(planned.rules(), GetParam().rules) << planned.lines();
    ASSERT_EQ(planned.plan.has_value(), planned.findings.errors() == 0) << planned.lines();
    for (const DomainPlan& guest :
         planned.plan ? planned.plan->domains : std::span<const DomainPlan>()) {
        u64 ram = 0;
        for (const MappingPlan& mapping : guest.mappings) {
            EXPECT_LE(mapping.guest.end().raw(), guest_layout::address_end);
            ram += is_private_ram(mapping) ? mapping.guest.size() : 0;
        }
        EXPECT_EQ(ram, guest.memory_bytes);
        for (const DevicePlan& device : guest.devices) {
            for (const DeviceWindowPlan& window : device.windows) {
                EXPECT_LE(window.guest.end().raw(), guest_layout::address_end) << device.path;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, FarAddresses, testing::ValuesIn(cases()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace isthmus::dom0less
