// SPDX-License-Identifier: Apache-2.0
// What only the machine can tell: its clock, its CPUs' addresses, what firmware left in the
// interrupt controller.
#include "core/boot/machine_checks.hpp"

#include <gtest/gtest.h>

#include "core/boot/cpus.hpp"
#include "isthmus/counter_erratum.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::booted;
using test::fake;

HostRange range(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}

class MachineChecks : public ::testing::Test {
  protected:
    MachineChecks() {
        booted();
        host_.timer.emplace().path = "/timer";
        host_.gic.emplace();
        host_.gic->version = 3;
        host_.gic->path = "/gic";
        uses_[0].range = range(0x4000'0000, 0x1000'0000);
        uses_[0].use = dom0less::HostUse::domain_ram;
        uses_[1].range = range(0x5000'0000, 0x10'0000);
        uses_[1].use = dom0less::HostUse::reserved;
        plan_.host_map = uses_;
        domain_.mappings = mappings_;
        plan_.domains = {&domain_, 1};
    }
    ~MachineChecks() override {
        fake().frequency = fake().cntfrq = 1'000'000;
        fake().lpi_tables.clear();
        fake().address_bits = 48;
        fake().psci_version = 0x1'0001;
    }

    template <class Check>
    std::string rules(Check&& check) {
        Findings findings(arena_);
        check(findings);
        std::string names;
        for (const Finding& finding : findings.items()) {
            names += std::string(finding.rule->name) + " ";
        }
        return names;
    }
    std::string clock() {
        return rules([&](Findings& findings) { start_clock(host_, findings); });
    }
    std::string addresses() {
        return rules([&](Findings& findings) { check_addresses(plan_, host_, findings); });
    }
    std::string controller() {
        return rules(
            [&](Findings& findings) { check_interrupt_controller(plan_, host_, findings); });
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    fdt::HostDescription host_;
    std::array<dom0less::HostUsePlan, 2> uses_;
    std::array<dom0less::MappingPlan, 1> mappings_;
    dom0less::DomainPlan domain_;
    dom0less::Plan plan_;
};

TEST_F(MachineChecks, TheTreesFrequencyWins) {
    fake().cntfrq = 0;
    host_.timer->clock_frequency = 24'000'000;
    host_.timer->errata = fsl_a008585;
    EXPECT_EQ(clock(), "");
    EXPECT_EQ(fake().frequency, 24'000'000u);
    EXPECT_EQ(fake().counter_errata, fsl_a008585);
}

TEST_F(MachineChecks, NoFrequencyAtAllIsAnError) {
    fake().cntfrq = 0;
    EXPECT_EQ(clock(), "host-timer-frequency ");
    fake().cntfrq = 9'999;
    EXPECT_EQ(clock(), "host-timer-frequency ");
    fake().cntfrq = 62'500'000;
    EXPECT_EQ(clock(), "");
}

TEST_F(MachineChecks, CpusMustReachAllThatIsUsed) {
    mappings_[0].guest = *GuestRange::from(GuestAddress(0x1'0000'0000), 0x1000);
    fake().address_bits = 32;
    EXPECT_EQ(addresses(), "host-address-size ");
    fake().address_bits = 33;
    EXPECT_EQ(addresses(), "");
    EXPECT_EQ(fake().needed_bits, 33u);
    EXPECT_TRUE(fake().needs_same_frequency);
    mappings_[0].guest = *GuestRange::from(GuestAddress(0x1000), 0x1000);
    mappings_[0].host = HostAddress(0x100'0000'0000);
    host_.timer->clock_frequency = 1'000'000;
    EXPECT_EQ(addresses(), "host-address-size ");
    EXPECT_EQ(fake().needed_bits, 41u);
    EXPECT_FALSE(fake().needs_same_frequency);
}

TEST_F(MachineChecks, TablesOfLpisThatStayOnMustBeReserved) {
    fake().lpi_tables = {range(0x5001'0000, 0x1'0000), range(0x9000'0000, 0x1000)};
    EXPECT_EQ(controller(), "") << "reserved, or no RAM";
    fake().lpi_tables = {range(0x4fff'0000, 0x1'0000), range(0x4fff'0000, 0x1'0000)};
    EXPECT_EQ(controller(), "host-gic-lpi ") << "once for all redistributors";
}

TEST_F(MachineChecks, AControllerThatIsNotThereIsAnError) {
    host_.gic->version = 7;
    EXPECT_EQ(controller(), "host-gic-reg ");
}

TEST_F(MachineChecks, OtherCpusAreStartedByAFirmwareThatHasCpuOn) {
    std::array<fdt::HostCpu, limits::cpus> cpus;  // the last has no stacks yet
    cpus.front() = {0, fdt::HostCpu::EnableMethod::psci, {}, "/cpus/cpu@0"};
    cpus.back() = {7, fdt::HostCpu::EnableMethod::psci, {}, "/cpus/cpu@7"};
    host_.cpus = cpus;
    fake().started_cpus.clear();
    for (const u32 version : {0u, 1u, ~u32{0}}) {
        fake().psci_version = version;
        start_cpus(host_);
        EXPECT_TRUE(fake().started_cpus.empty()) << version;
    }
    fake().psci_version = 2;  // 0.2
    start_cpus(host_);
    EXPECT_EQ(fake().started_cpus, (std::vector<u64>{7}));
}

TEST_F(MachineChecks, WhatAllCpusCanDoIsSettledOnceTheyAreThere) {
    fake().cpus_settled = false;
    EXPECT_TRUE(all_cpus_online(plan_, host_));
    EXPECT_TRUE(fake().cpus_settled);
}

}  // namespace
}  // namespace isthmus::core
