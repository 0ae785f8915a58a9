// SPDX-License-Identifier: Apache-2.0
#include "core/arm/vpsci.hpp"

#include <gtest/gtest.h>

#include "core/arm/smccc.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using Power = Vcpu::Power;

class VpsciTest : public ::testing::Test {
  protected:
    static constexpr u32 cpu_on_32 = 0x8400'0003;
    static constexpr u32 cpu_on_64 = 0xc400'0003;
    static constexpr u32 affinity_info = 0xc400'0004;

    i64 call(u64 function, u64 x1 = 0, u64 x2 = 0, u64 x3 = 0) {
        registers.x[0] = function;
        registers.x[1] = x1;
        registers.x[2] = x2;
        registers.x[3] = x3;
        EXPECT_EQ(handle_psci(guest.vcpu(), registers), TrapResult::done);
        return static_cast<i64>(registers.x[0]);
    }
    u64 entry() const { return guest_entry + 0x8; }
    Power power(usize index) { return guest.vcpu(index).power.load(); }
    void set_power(usize index, Power value) { guest.vcpu(index).power.store(value); }

    test::FreshGuest guest;
    u64 guest_entry = guest.domain.plan->kernel_window.start().raw();
    arch::GuestRegisters registers;
};

TEST_F(VpsciTest, CpuOnStartsTheOtherVcpu) {
    EXPECT_EQ(call(cpu_on_64, 1, entry(), 0x1234'5678'9abc'def0), psci::success);
    EXPECT_EQ(power(1), Power::on);
    EXPECT_EQ(guest.vcpu(1).state.pc, entry());
    EXPECT_EQ(guest.vcpu(1).state.vmpidr, 1U);
    EXPECT_EQ(guest.vcpu(1).registers.x[0], 0x1234'5678'9abc'def0U);
    EXPECT_EQ(guest.domain.vcpus_on.load(), 2U);
    EXPECT_EQ(fake().kicks, (std::vector<usize>{guest.vcpu(1).host_cpu}));
}

TEST_F(VpsciTest, TheNarrowCallIgnoresUpperHalves) {
    constexpr u64 junk = u64{0xdead} << 32;
    EXPECT_EQ(call(cpu_on_32, junk | 1, junk | entry(), junk | 77), psci::success);
    EXPECT_EQ(guest.vcpu(1).state.pc, entry());
    EXPECT_EQ(guest.vcpu(1).registers.x[0], 77U);
}

TEST_F(VpsciTest, CpuOnOfNobody) {
    EXPECT_EQ(call(cpu_on_64, 2, entry()), psci::invalid_parameters);
    EXPECT_EQ(call(cpu_on_64, u64{1} << 32 | 1, entry()), psci::invalid_parameters);
    EXPECT_EQ(power(1), Power::off);
    EXPECT_TRUE(fake().kicks.empty());
}

TEST_F(VpsciTest, CpuOnOfOneThatIsNotOff) {
    EXPECT_EQ(call(cpu_on_64, 0, entry()), psci::already_on);
    set_power(1, Power::starting);
    EXPECT_EQ(call(cpu_on_64, 1, entry()), psci::on_pending);
    set_power(1, Power::stopping);
    EXPECT_EQ(call(cpu_on_64, 1, entry()), psci::already_on);
    EXPECT_EQ(guest.domain.vcpus_on.load(), 1U);
}

TEST_F(VpsciTest, CpuOnAtNoMemoryOrNoInstruction) {
    for (const u64 wrong : {u64{0}, entry() + 2, entry() + 1, ~u64{3},
                            guest.domain.plan->gic.distributor.start().raw()}) {
        EXPECT_EQ(call(cpu_on_64, 1, wrong), psci::invalid_address) << std::hex << wrong;
    }
    for (const shm::SharedViewPlan& view : guest.domain.plan->views) {
        EXPECT_EQ(call(cpu_on_64, 1, view.guest.start().raw()), psci::invalid_address);
    }
    EXPECT_EQ(power(1), Power::off);
}

TEST_F(VpsciTest, AffinityInfoInBothWidths) {
    for (const u32 function : {0x8400'0004u, 0xc400'0004u}) {
        EXPECT_EQ(call(function, 0, 0), 0);
        EXPECT_EQ(call(function, 1, 0), 1);
        EXPECT_EQ(call(function, 5, 0), psci::invalid_parameters);
        EXPECT_EQ(call(function, 0, 1), psci::invalid_parameters);
    }
    set_power(1, Power::starting);
    EXPECT_EQ(call(affinity_info, 1, 0), 2);
    set_power(1, Power::stopping);
    EXPECT_EQ(call(affinity_info, 1, 0), 0);
}

TEST_F(VpsciTest, CpuOffLeavesTheOthersRunning) {
    ASSERT_EQ(call(cpu_on_64, 1, entry()), psci::success);
    registers.x[0] = 0x8400'0002;
    EXPECT_EQ(handle_psci(guest.vcpu(), registers), TrapResult::stopped);
    EXPECT_EQ(power(0), Power::stopping);
    EXPECT_EQ(power(1), Power::on);
    EXPECT_EQ(guest.domain.vcpus_on.load(), 1U);
    EXPECT_TRUE(guest.domain.is_running());
}

TEST_F(VpsciTest, CpuOffOfTheLastStopsTheDomain) {
    registers.x[0] = 0x8400'0002;
    EXPECT_EQ(handle_psci(guest.vcpu(), registers), TrapResult::stopped);
    EXPECT_FALSE(guest.domain.is_running());
    EXPECT_EQ(guest.domain.stop_reason.load(), StopReason::all_vcpus_off);
    EXPECT_EQ(guest.domain.vcpus_on.load(), 1U);  // it leaves with the domain
}

TEST_F(VpsciTest, OffAndResetStopTheDomainWithTheirReason) {
    registers.x[0] = 0x8400'0008;
    EXPECT_EQ(handle_psci(guest.vcpu(), registers), TrapResult::stopped);
    EXPECT_EQ(guest.domain.stop_reason.load(), StopReason::power_off);
    EXPECT_FALSE(guest.domain.is_running());
    registers.x[0] = 0x8400'0009;
    EXPECT_EQ(handle_psci(guest.vcpu(), registers), TrapResult::stopped);
    EXPECT_EQ(guest.domain.stop_reason.load(), StopReason::power_off);  // the first reason counts

    test::FreshGuest other;
    registers.x[0] = 0x8400'0009;
    EXPECT_EQ(handle_psci(other.vcpu(), registers), TrapResult::stopped);
    EXPECT_EQ(other.domain.stop_reason.load(), StopReason::reset);
}

TEST_F(VpsciTest, AWarmResetIsAResetAndNoOtherTypeIsKnown) {
    EXPECT_EQ(psci_features(0x8400'0012), 0U);
    EXPECT_EQ(psci_features(0xc400'0012), 0U);
    registers.x[0] = 0xc400'0012;
    registers.x[1] = 0x8000'0000;  // a vendor's
    EXPECT_EQ(handle_psci(guest.vcpu(), registers), TrapResult::done);
    EXPECT_EQ(static_cast<i64>(registers.x[0]), psci::invalid_parameters);
    EXPECT_TRUE(guest.domain.is_running());
    registers.x[0] = 0x8400'0012;
    registers.x[1] = 0;
    EXPECT_EQ(handle_psci(guest.vcpu(), registers), TrapResult::stopped);
    EXPECT_EQ(guest.domain.stop_reason.load(), StopReason::reset);
}

}  // namespace
}  // namespace isthmus::core
