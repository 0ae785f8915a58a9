// SPDX-License-Identifier: Apache-2.0
// The audit of a whole booted machine. Each test spoils it, so each has a process of its own.
#include "core/audit/audit.hpp"
#include "core/audit/emulated.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "core/device/device_lines.hpp"
#include "core/device/dma.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/finding.hpp"
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

void with_the_tables_of_another() {
    test::booted();
    domains()[0].control = domains()[1].control;
    audit_says(false);
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

/// The plan has domU1's device elsewhere than it answers.
void with_a_device_astray() {
    test::booted();
    static dom0less::DomainPlan plan = *domains()[0].plan;
    static const std::array<GuestRange, 1> frames{
        *GuestRange::from(GuestAddress(0x2300'0000), page_size)};
    static dom0less::EmulatedDevicePlan device = plan.emulated[0];
    device.registers = frames;
    plan.emulated = {&device, 1};
    domains()[0].plan = &plan;
    audit_says(false);
}

void with_a_model_without_a_plan() {
    test::booted();
    static dom0less::DomainPlan plan = *domains()[0].plan;
    plan.emulated = {};
    domains()[0].plan = &plan;
    audit_says(false);
}

void with_memory_in_the_place_of_a_device() {
    test::booted();
    static dom0less::DomainPlan plan = *domains()[0].plan;
    static dom0less::EmulatedDevicePlan device = plan.emulated[0];
    static const std::array<GuestRange, 1> frames{
        *GuestRange::from(plan.mappings[0].guest.start(), page_size)};
    device.registers = frames;
    plan.emulated = {&device, 1};
    domains()[0].plan = &plan;
    domains()[0].devices[2].range = frames[0];
    audit_says(false);
}

/// domU1 has a device behind an SMMU; `owner`: of the memory that the device sees.
[[noreturn]] void with_a_stream(usize owner, bool right) {
    test::booted();
    static dom0less::DomainPlan plan = *domains()[0].plan;
    static const std::array<fdt::StreamRange, 1> streams{{{0, 5, 1}}};
    plan.streams = streams;
    domains()[0].plan = &plan;
    std::array<fdt::Smmu, 1> smmus;
    smmus[0].path = "/smmu";
    fdt::HostDescription host;
    host.smmus = smmus;
    std::vector<std::byte> memory(1 << 16);
    Arena arena(memory);
    Findings findings(arena);
    dom0less::Plan planned;
    planned.domains = {&plan, 1};
    test::fake().smmus[0].support = arch::SmmuSupport::usable;
    check_smmus(planned, host, findings);
    if (!hold_devices(planned, host, domains().first(1))) {
        std::exit(2);
    }
    test::fake().smmus[0].attached[0].second = domains()[owner].control.vttbr;
    const bool found = audit();
    const bool told = test::fake().take_output().find(" shared, 1 streams, in ") != ~usize{0};
    std::exit(found == right && told == right ? 0 : 1);
}

/// domU1 has a device whose DMA goes past the caches, or not.
[[noreturn]] void with_a_device(bool is_coherent, bool forced, bool right) {
    test::booted();
    static dom0less::DomainPlan plan = *domains()[0].plan;
    static std::array<dom0less::DevicePlan, 1> devices;
    devices[0].is_coherent = is_coherent;
    plan.devices = devices;
    domains()[0].plan = &plan;
    test::fake().forces_write_back = forced;
    audit_says(right);
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
TEST_F(AuditDeathTest, FindsAnEmulatedDeviceThatNobodyAnswersFor) {
    EXPECT_EXIT(with_a_device_astray(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsRegistersThatNobodyPlanned) {
    EXPECT_EXIT(with_a_model_without_a_plan(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsMemoryInThePlaceOfAnEmulatedDevice) {
    EXPECT_EXIT(with_memory_in_the_place_of_a_device(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsADeviceThatSeesAnothersMemory) {
    EXPECT_EXIT(with_a_stream(0, true), ::testing::ExitedWithCode(0), "");
    EXPECT_EXIT(with_a_stream(1, false), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsForcedCachingBesideADeviceThatGoesPastTheCaches) {
    EXPECT_EXIT(with_a_device(false, true, false), ::testing::ExitedWithCode(0), "");
    EXPECT_EXIT(with_a_device(false, false, true), ::testing::ExitedWithCode(0), "");
    EXPECT_EXIT(with_a_device(true, true, true), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsAGuestThatRunsByAnothersTables) {
    EXPECT_EXIT(with_the_tables_of_another(), ::testing::ExitedWithCode(0), "");
}
TEST_F(AuditDeathTest, FindsGuestMemoryInIsthmussOwnMap) {
    EXPECT_EXIT(with_guest_memory_in_sight(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace isthmus::core
