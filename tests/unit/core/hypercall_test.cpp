// SPDX-License-Identifier: Apache-2.0
// HVC and SMC: every function in both widths, and what is not one.
#include "core/arm/hypercall.hpp"

#include <gtest/gtest.h>

#include "core/arm/smccc.hpp"
#include "core/run/per_cpu.hpp"
#include "tests/unit/support/booted_machine.hpp"
#include "tests/unit/support/ringing_guests.hpp"

namespace isthmus::core {
namespace {

using test::fake;

class HypercallTest : public ::testing::Test {
  protected:
    HypercallTest() {
        for (usize index = 1; index < registers.x.size(); ++index) {
            registers.x[index] = 0x1111'1111'0000'0000 + index;
        }
        before = registers;
    }
    /// x0 after the short path; fails when it was not taken.
    u64 call(u64 function, u64 x1 = 0x1111'1111'0000'0001) {
        registers.x[0] = function;
        registers.x[1] = x1;
        EXPECT_TRUE(try_hypercall(guest.vcpu(), registers, 0)) << std::hex << function;
        return registers.x[0];
    }
    /// x0 after the full path, which has to come back to the guest.
    u64 call_slowly(u64 function) {
        registers.x[0] = function;
        EXPECT_EQ(handle_call(guest.vcpu(), registers, 0), TrapResult::done);
        return registers.x[0];
    }
    void expect_only_x0_changed() {
        for (usize index = 1; index < registers.x.size(); ++index) {
            EXPECT_EQ(registers.x[index], before.x[index]) << index;
        }
    }

    test::FreshGuest guest;
    arch::GuestRegisters registers;
    arch::GuestRegisters before;
};

TEST_F(HypercallTest, VersionsAndWhatNeedsNothing) {
    EXPECT_EQ(call(0x8400'0000), 0x1'0001U);  // PSCI 1.1
    EXPECT_EQ(call(0x8400'0006), 2U);         // no Trusted OS to migrate
    EXPECT_EQ(call(0x8000'0000), 0x1'0001U);  // SMCCC 1.1
    expect_only_x0_changed();
    EXPECT_EQ(guest.vcpu().exits.hypercalls, 3U);
}

TEST_F(HypercallTest, SuspendInBothWidthsIsOverAtOnceForOneThatHasItsCpu) {
    EXPECT_EQ(call_slowly(0x8400'0001), 0U);
    EXPECT_EQ(call_slowly(0xc400'0001), 0U);
    expect_only_x0_changed();
}

TEST_F(HypercallTest, TheUpperHalfOfTheFunctionNumberMeansNothing) {
    EXPECT_EQ(call(0xffff'ffff'8400'0000), 0x1'0001U);
}

TEST_F(HypercallTest, FeaturesOfEveryFunction) {
    for (const u64 function :
         {0x8400'0000u, 0x8400'0001u, 0xc400'0001u, 0x8400'0002u, 0x8400'0003u, 0xc400'0003u,
          0x8400'0004u, 0xc400'0004u, 0x8400'0006u, 0x8400'0008u, 0x8400'0009u, 0x8400'000au,
          0x8400'0012u, 0xc400'0012u, 0x8000'0000u}) {
        EXPECT_EQ(call(0x8400'000a, function), 0U) << std::hex << function;
    }
    for (const u64 function :
         {0x8400'0005u, 0x8400'000eu, 0xc400'0000u, 0xc400'0008u, 0x8400'0011u, 0u, 0xffff'ffffu}) {
        EXPECT_EQ(call(0x8400'000a, function), ~u64{0}) << std::hex << function;
    }
}

TEST_F(HypercallTest, ArchitectureFeatures) {
    EXPECT_EQ(call(0x8000'0001, 0x8000'0000), 0U);
    EXPECT_EQ(call(0x8000'0001, 0x8000'0001), 0U);
}

TEST_F(HypercallTest, WorkaroundsAreOfferedAsTheCpuHasThem) {
    constexpr u64 one = 0x8000'8000, two = 0x8000'7fff, three = 0x8000'3fff;
    using enum arch::Exposure;
    struct Case {
        arch::Speculation here;
        i64 one, two, three;
    };
    const Case cases[] = {
        {{}, -1, -1, -1},
        {{.targets = vulnerable, .history = vulnerable, .store_bypass = vulnerable}, -1, -1, -1},
        {{.targets = not_affected, .history = not_affected, .store_bypass = not_affected},
         1,
         -2,
         1},
        {{.targets = mitigated, .history = mitigated, .store_bypass = mitigated}, 0, -2, 0},
        {{.store_bypass = mitigated, .has_ssbs = true}, -1, -1, -1},
    };
    for (const Case& wanted : cases) {
        this_cpu().speculation = wanted.here;
        EXPECT_EQ(call(0x8000'0001, one), static_cast<u64>(wanted.one));
        EXPECT_EQ(call(0x8000'0001, two), static_cast<u64>(wanted.two));
        EXPECT_EQ(call(0x8000'0001, three), static_cast<u64>(wanted.three));
    }
    this_cpu().speculation = cases[3].here;
    for (const u64 workaround : {one, two, three}) {
        EXPECT_EQ(call(workaround), 0U);
    }
    this_cpu().speculation = cases[1].here;
    for (const u64 workaround : {one, two, three}) {
        EXPECT_EQ(call_slowly(workaround), ~u64{0});
    }
    this_cpu().speculation = {};
}

TEST_F(HypercallTest, TheShortPathLeavesTheRestAlone) {
    for (const u64 function : {0x8400'0002u, 0xc400'0003u, 0x8400'0008u, 0x1234u, 0xc600'0003u}) {
        registers.x[0] = function;
        EXPECT_FALSE(try_hypercall(guest.vcpu(), registers, 0));
        EXPECT_EQ(registers.x[0], function);
    }
    registers.x[0] = 0x8400'0000;
    EXPECT_FALSE(try_hypercall(guest.vcpu(), registers, 7));
    EXPECT_EQ(registers.x[0], 0x8400'0000U);
    EXPECT_EQ(guest.vcpu().exits.hypercalls, 6U);
}

TEST_F(HypercallTest, AnUnknownFunctionIsMinusOneAndNothingElse) {
    for (const u64 function :
         {0u, 0x8400'0005u, 0x8400'0011u, 0xc400'0008u, 0x8600'ff00u, 0xc300'0000u, 0xffff'ffffu}) {
        EXPECT_EQ(call_slowly(function), ~u64{0}) << std::hex << function;
    }
    expect_only_x0_changed();
    EXPECT_TRUE(guest.domain.is_running());
    EXPECT_TRUE(fake().exceptions.empty());
    EXPECT_TRUE(fake().kicks.empty());
}

TEST_F(HypercallTest, SmcTakesTheFullPathToTheSameAnswers) {
    EXPECT_EQ(call_slowly(0x8400'0000), 0x1'0001U);
    EXPECT_EQ(call_slowly(0x8000'0000), 0x1'0001U);
    expect_only_x0_changed();
}

TEST_F(HypercallTest, XensGateAnswersThatNothingIsImplemented) {
    registers.x[0] = 17;
    EXPECT_TRUE(try_hypercall(guest.vcpu(), registers, xen_hypercall_immediate));
    EXPECT_EQ(registers.x[0], static_cast<u64>(i64{-38}));
    expect_only_x0_changed();
}

TEST_F(HypercallTest, AnotherImmediateIsUndefined) {
    registers.x[0] = 0x8400'0000;
    EXPECT_EQ(handle_call(guest.vcpu(), registers, 3), TrapResult::injected);
    ASSERT_EQ(fake().exceptions.size(), 1U);
    EXPECT_EQ(fake().exceptions[0].kind, test::GuestException::Kind::undefined);
    EXPECT_EQ(registers.x[0], 0x8400'0000U);
}

TEST_F(HypercallTest, WhoseHypervisorCallsTheseAre) {
    // 58637b95-dff5-4ee6-b28d-d04ce43e3861, byte by byte from bits 7:0 of w0 on
    call(0x8600'ff01);
    EXPECT_EQ(registers.x[0], 0x957b'6358U);
    EXPECT_EQ(registers.x[1], 0xe64e'f5dfU);
    EXPECT_EQ(registers.x[2], 0x4cd0'8db2U);
    EXPECT_EQ(registers.x[3], 0x6138'3ee4U);
    EXPECT_EQ(registers.x[4], before.x[4]);
}

TEST_F(HypercallTest, AGuestWithoutDoorbellsHasNoCallsForThem) {
    EXPECT_EQ(call(0xc600'0001, 0), ~u64{0});
    EXPECT_EQ(call(0xc600'0002), ~u64{0});
}

TEST(DoorbellCalls, RingAndTake) {
    test::RingingGuests guests(3);
    arch::GuestRegisters registers{};
    const auto call = [&](usize guest, u64 function, u64 x1) {
        fake().cpu = guest;
        registers.x[0] = function;
        registers.x[1] = x1;
        EXPECT_TRUE(try_hypercall(guests.vcpu(guest), registers, 0));
        return registers.x[0];
    };
    const u64 invalid_parameter = static_cast<u64>(i64{-3});
    EXPECT_EQ(call(0, 0xc600'0001, 1), 0U);  // guest 2
    EXPECT_EQ(call(1, 0xc600'0001, 1), 0U);  // the same
    EXPECT_EQ(call(2, 0xc600'0002, 0), 3U);
    EXPECT_EQ(call(2, 0xc600'0002, 0), 0U);
    for (const u64 number : {u64{2}, u64{64}, u64{1} << 32, ~u64{0}}) {
        EXPECT_EQ(call(0, 0xc600'0001, number), invalid_parameter);
    }
    registers.x[0] = 0xc600'0001;  // by SMC, which takes the full path
    registers.x[1] = 0;
    EXPECT_EQ(handle_call(guests.vcpu(2), registers, 0), TrapResult::done);
    EXPECT_EQ(registers.x[0], 0U);
    EXPECT_EQ(call(0, 0xc600'0002, 0), 2U);
}

}  // namespace
}  // namespace isthmus::core
