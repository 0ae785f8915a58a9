// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/guest/pstate.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

constexpr u64 nzcv = 0xf000'0000;
constexpr u64 dit = bit(24);
constexpr u64 uao = bit(23);
constexpr u64 pan = bit(22);
constexpr u64 ss = bit(21);
constexpr u64 il = bit(20);
constexpr u64 ssbs = bit(12);
constexpr u64 btype = bit(11) | bit(10);
constexpr u64 handler = 0x3c5;  // EL1h, all masked
constexpr u64 a32_user = 0x10;

TEST(Pstate, WhoRuns) {
    EXPECT_TRUE(runs_a64(pstate::el1h));
    EXPECT_FALSE(runs_a64(a32_user));
    EXPECT_TRUE(runs_at_el0(pstate::el0t));
    EXPECT_TRUE(runs_at_el0(a32_user));
    EXPECT_FALSE(runs_at_el0(pstate::el1t));
    EXPECT_TRUE(uses_sp_el1(pstate::el1h | nzcv));
    EXPECT_FALSE(uses_sp_el1(pstate::el1t));
    EXPECT_FALSE(uses_sp_el1(pstate::el0t));
    EXPECT_FALSE(uses_sp_el1(a32_user | 0x5));
}

TEST(Pstate, Vectors) {
    EXPECT_EQ(synchronous_vector(pstate::el1t), 0x000U);
    EXPECT_EQ(synchronous_vector(pstate::el1h), 0x200U);
    EXPECT_EQ(synchronous_vector(pstate::el0t), 0x400U);
    EXPECT_EQ(synchronous_vector(a32_user), 0x600U);
}

TEST(Pstate, AnExceptionKeepsFlagsAndDit) {
    constexpr u64 span = bit(23);
    EXPECT_EQ(pstate_in_handler(pstate::el0t | nzcv | dit, span), handler | nzcv | dit);
    EXPECT_EQ(pstate_in_handler(pstate::el1t | uao | ss | il | ssbs | btype, span), handler);
    // A32 has other things at 24 (J) and below.
    EXPECT_EQ(pstate_in_handler(a32_user | nzcv | dit | bit(25) | 0xfc00, span), handler | nzcv);
}

TEST(Pstate, AnExceptionSetsPanUnlessToldNotTo) {
    constexpr u64 span = bit(23);
    EXPECT_EQ(pstate_in_handler(pstate::el1h, 0), handler | pan);
    EXPECT_EQ(pstate_in_handler(pstate::el1h | pan, 0), handler | pan);
    EXPECT_EQ(pstate_in_handler(pstate::el1h, span), handler);
    EXPECT_EQ(pstate_in_handler(pstate::el1h | pan, span), handler | pan);
}

TEST(Pstate, AnExceptionTakesSsbsFromSctlr) {
    constexpr u64 span = bit(23);
    EXPECT_EQ(pstate_in_handler(pstate::el1h, span | bit(44)), handler | ssbs);
    EXPECT_EQ(pstate_in_handler(pstate::el1h | ssbs, span), handler);
}

TEST(Pstate, BehindAnA64Instruction) {
    EXPECT_EQ(pstate_behind(handler | nzcv | btype | ss | pan), handler | nzcv | pan);
    EXPECT_EQ(pstate_behind(handler | nzcv | pan), handler | nzcv | pan);
    EXPECT_FALSE(moves_with_instruction(handler | nzcv | pan));
    EXPECT_TRUE(moves_with_instruction(handler | (btype & (0 - btype))));
    EXPECT_TRUE(moves_with_instruction(handler | ss));
    EXPECT_TRUE(moves_with_instruction(pstate::Aarch32::mask));
}

TEST(Pstate, InFrontOfAnInstructionAStepIsDueAgain) {
    constexpr u64 steps_itself = bit(0) | bit(13);  // MDSCR_EL1.SS, KDE
    constexpr u64 unmasked = handler & ~bit(9);
    EXPECT_EQ(pstate_in_front(unmasked | nzcv, steps_itself), unmasked | nzcv | ss);
    EXPECT_EQ(pstate_in_front(handler, steps_itself), handler);  // D: EL1 does not step itself
    EXPECT_EQ(pstate_in_front(unmasked, bit(0)), unmasked);
    EXPECT_EQ(pstate_in_front(unmasked, bit(13)), unmasked);
}

/// ITSTATE where SPSR has it.
u64 with_it(u64 it) {
    return a32_user | bit(5) | (it >> 2) << 10 | (it & 3) << 25;
}

TEST(Pstate, BehindAThumbInstructionTheBlockGoesOn) {
    EXPECT_EQ(pstate_behind(with_it(0)), with_it(0));
    EXPECT_EQ(pstate_behind(with_it(0b0000'1000)), with_it(0));  // IT EQ: the last of its block
    EXPECT_EQ(pstate_behind(with_it(0b0001'0100)), with_it(0b0000'1000));
    EXPECT_EQ(pstate_behind(with_it(0b1010'0001)), with_it(0b1010'0010));  // ITTTT GE
    EXPECT_EQ(pstate_behind(with_it(0b1010'1111)), with_it(0b1011'1110));
}

}  // namespace
}  // namespace isthmus::arch
