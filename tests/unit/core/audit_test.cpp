// SPDX-License-Identifier: Apache-2.0
// The audit of a whole booted machine. Each test spoils it, so each has a process of its own.
#include "core/audit.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "core/device_lines.hpp"
#include "core/machine_memory.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

/// Exit status 0: the audit says `right`.
[[noreturn]] void audit_says(bool right) {
    std::exit(audit() == right ? 0 : 1);
}

HostAddress private_page(usize domain) {
    for (const dom0less::MappingPlan& mapping : domains()[domain].plan->mappings) {
        if (!mapping.region) {
            return mapping.host;
        }
    }
    return {};
}

void as_built() {
    test::booted();
    audit_says(true);
}

void with_a_peers_page() {
    test::booted();
    const GuestRange unused = *GuestRange::from(GuestAddress(0x7f00'0000), page_size);
    const auto mapped = domains()[0].map->map_ram(unused, private_page(1), mm::MappingType::ram_rw);
    if (mapped) {
        audit_says(false);
    }
    std::exit(2);
}

void with_a_reference_too_many() {
    test::booted();
    const auto taken = mm::get_page(*frames().lookup(private_page(0)), domains()[0].plan->id);
    if (taken) {
        audit_says(false);
    }
    std::exit(2);
}

void with_a_region_lent_too_often() {
    test::booted();
    const shm::RegionPlan& region = plan().regions[0];
    if (mm::get_page(*frames().lookup(region.host[0].start()), region.owner)) {
        audit_says(false);
    }
    std::exit(2);
}

void with_guest_memory_in_sight() {
    test::booted();
    const HostRange page = *HostRange::from(private_page(0), page_size);
    if (arch::map_host(page, arch::HostAccess::read_only)) {
        audit_says(false);
    }
    std::exit(2);
}

/// The plan gives domU1 a line of the machine that does not come to it.
void with_a_line_astray() {
    test::booted();
    static dom0less::DomainPlan plan = *domains()[0].plan;
    static const std::array<dom0less::InterruptRoutePlan, 1> routes{{{60, 60, "/device", false}}};
    plan.interrupts = routes;
    domains()[0].plan = &plan;
    audit_says(false);
}

/// The same, once it does.
void with_a_line_of_its_own() {
    test::booted();
    static dom0less::DomainPlan plan = *domains()[0].plan;
    static const std::array<dom0less::InterruptRoutePlan, 1> routes{{{60, 60, "/device", false}}};
    plan.interrupts = routes;
    domains()[0].plan = &plan;
    connect_device_lines(domains()[0]);
    audit_says(true);
}

class AuditDeathTest : public ::testing::Test {
  protected:
    AuditDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(AuditDeathTest, PassesWhatWasPlanned) {
    EXPECT_EXIT(as_built(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsAPeersPage) {
    EXPECT_EXIT(with_a_peers_page(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsAReferenceTooMany) {
    EXPECT_EXIT(with_a_reference_too_many(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsARegionLentTooOften) {
    EXPECT_EXIT(with_a_region_lent_too_often(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsALineThatDoesNotCome) {
    EXPECT_EXIT(with_a_line_astray(), ::testing::ExitedWithCode(0), "");
    EXPECT_EXIT(with_a_line_of_its_own(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsGuestMemoryInIsthmussOwnMap) {
    EXPECT_EXIT(with_guest_memory_in_sight(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace isthmus::core
