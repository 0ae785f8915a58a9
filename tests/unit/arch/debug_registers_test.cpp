// SPDX-License-Identifier: Apache-2.0
// The image of a guest's debug registers, and what of it the machine is given.
#include "arch/arm64/cpu/debug_registers.hpp"

#include <gtest/gtest.h>

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/guest/id_fields.hpp"

namespace isthmus::arch {
namespace {

using Kind = DebugRegister::Kind;

constexpr u64 ss = bit(0);
constexpr u64 kde = bit(13);
constexpr u64 mde = bit(15);
constexpr u32 mdscr_id = sysreg_id(2, 0, 0, 2, 2);
constexpr u32 oslar_id = sysreg_id(2, 0, 1, 0, 4);
constexpr u32 oslsr_id = sysreg_id(2, 0, 1, 1, 4);
constexpr u32 osdlr_id = sysreg_id(2, 0, 1, 3, 4);
constexpr u32 claim_set_id = sysreg_id(2, 0, 7, 8, 6);
constexpr u32 claim_clear_id = sysreg_id(2, 0, 7, 9, 6);

constexpr u32 bvr(u64 number) {
    return sysreg_id(2, 0, 0, number, 4);
}
constexpr u32 bcr(u64 number) {
    return sysreg_id(2, 0, 0, number, 5);
}
constexpr u32 wvr(u64 number) {
    return sysreg_id(2, 0, 0, number, 6);
}
constexpr u32 wcr(u64 number) {
    return sysreg_id(2, 0, 0, number, 7);
}

// Enabled at EL1, all bytes.
constexpr u64 breakpoint_on = 0x1e3;
constexpr u64 watchpoint_on = 0x1ffb;

class DebugRegisters : public ::testing::Test {
  protected:
    void write(u32 id, u64 value) {
        const DebugRegister which = debug_register(id, false, unit);
        ASSERT_NE(which.kind, Kind::none) << std::hex << id;
        write_debug(state, which, value, unit);
    }
    u64 read(u32 id) const {
        const DebugRegister which = debug_register(id, true, unit);
        EXPECT_NE(which.kind, Kind::none) << std::hex << id;
        return read_debug(state, which);
    }

    DebugUnit unit{.breakpoints = 6, .watchpoints = 4, .double_lock = true};
    DebugState state;
};

TEST(DebugUnit, IsWhatTheIdRegisterSays) {
    const DebugUnit of_a57 = DebugUnit::of(0x1030'5106);
    EXPECT_EQ(of_a57.breakpoints, 6U);
    EXPECT_EQ(of_a57.watchpoints, 4U);
    EXPECT_TRUE(of_a57.double_lock);
    EXPECT_FALSE(DebugUnit::of(u64{0xf} << 36).double_lock);
}

TEST(DebugUnit, IsWhatAGuestIsShown) {
    constexpr u64 machine = 0x0000'00f0'10f5'f00b;  // Debugv8p9, 16 breakpoints, 16 watchpoints
    const u64 shown = guest_view_of_id(5, 0, machine);
    EXPECT_EQ(DebugUnit::of(shown).breakpoints, DebugUnit::of(machine).breakpoints);
    EXPECT_EQ(DebugUnit::of(shown).watchpoints, DebugUnit::of(machine).watchpoints);
    EXPECT_EQ(DebugUnit::of(shown).double_lock, DebugUnit::of(machine).double_lock);
    EXPECT_EQ(shown & 0xf, 0xaU);  // Debugv8p8: the next has MDSELR_EL1, which is not offered
    EXPECT_EQ(guest_view_of_id(5, 0, 6) & 0xf, 6U);
}

TEST_F(DebugRegisters, PairsKeepWhatIsWritten) {
    for (u64 n = 0; n < unit.breakpoints; ++n) {
        write(bvr(n), 0xffff'8000'1234'0000 + 4 * n);
        write(bcr(n), ~u64{0});
    }
    for (u64 n = 0; n < unit.watchpoints; ++n) {
        write(wvr(n), 0xffff'8000'5678'0003 + 8 * n);
        write(wcr(n), ~u64{0});
    }
    for (u64 n = 0; n < unit.breakpoints; ++n) {
        EXPECT_EQ(read(bvr(n)), 0xffff'8000'1234'0000 + 4 * n);
        EXPECT_EQ(read(bcr(n)), 0xff'e1e7U);
    }
    for (u64 n = 0; n < unit.watchpoints; ++n) {
        EXPECT_EQ(read(wvr(n)), 0xffff'8000'5678'0000 + 8 * n);
        EXPECT_EQ(read(wcr(n)), 0x1f1f'ffffU);
    }
}

TEST_F(DebugRegisters, ThereAreNoMoreThanTheUnitHas) {
    for (const bool is_read : {false, true}) {
        EXPECT_EQ(debug_register(bvr(5), is_read, unit).kind, Kind::breakpoint);
        EXPECT_EQ(debug_register(bvr(6), is_read, unit).kind, Kind::none);
        EXPECT_EQ(debug_register(bcr(6), is_read, unit).kind, Kind::none);
        EXPECT_EQ(debug_register(wvr(3), is_read, unit).kind, Kind::watchpoint);
        EXPECT_EQ(debug_register(wvr(4), is_read, unit).kind, Kind::none);
        EXPECT_EQ(debug_register(wcr(15), is_read, unit).kind, Kind::none);
    }
}

/// Every encoding of op0 2: those that are known are known for what they are, and no other.
TEST_F(DebugRegisters, AllOthersAreUndefined) {
    unsigned readable = 0;
    unsigned writable = 0;
    for (u64 rest = 0; rest < 1 << 14; ++rest) {
        const u32 id = sysreg_id(2, rest & 7, rest >> 3 & 15, rest >> 7 & 15, rest >> 11);
        readable += debug_register(id, true, unit).kind != Kind::none;
        writable += debug_register(id, false, unit).kind != Kind::none;
    }
    EXPECT_EQ(readable, 2 * (6 + 4) + 15U);
    EXPECT_EQ(writable, 2 * (6 + 4) + 12U);
    EXPECT_EQ(debug_register(oslar_id, true, unit).kind, Kind::none);                  // write only
    EXPECT_EQ(debug_register(oslsr_id, false, unit).kind, Kind::none);                 // read only
    EXPECT_EQ(debug_register(sysreg_id(2, 0, 0, 4, 2), true, unit).kind, Kind::none);  // MDSELR
    EXPECT_EQ(debug_register(sysreg_id(2, 1, 0, 4, 0), true, unit).kind, Kind::none);  // trace
    EXPECT_EQ(debug_register(sysreg_id(2, 4, 0, 7, 0), true, unit).kind, Kind::none);  // DBGVCR32
}

TEST_F(DebugRegisters, TheChannelAndOthersOfADebuggerAreNotThere) {
    for (const u32 id : {sysreg_id(2, 0, 0, 2, 0), sysreg_id(2, 0, 0, 0, 2),
                         sysreg_id(2, 0, 0, 6, 2), sysreg_id(2, 3, 0, 4, 0)}) {
        write(id, ~u64{0});
        EXPECT_EQ(read(id), 0U);
    }
    EXPECT_EQ(read(sysreg_id(2, 3, 0, 1, 0)), 0U);
    write(mdscr_id, ~u64{0});
    EXPECT_EQ(read(mdscr_id), ss | bit(12) | kde | mde);
}

TEST_F(DebugRegisters, Claims) {
    EXPECT_EQ(read(claim_set_id), 0xffU);
    write(claim_set_id, 0x15a);
    write(claim_clear_id, 0x12);
    EXPECT_EQ(read(claim_clear_id), 0x48U);
}

TEST_F(DebugRegisters, NothingIsInTheMachineUntilItIsUsed) {
    EXPECT_EQ(state.machine_mdscr, 0U);
    write(mdscr_id, bit(12));  // what kernels do at start
    write(oslar_id, 0);
    for (u64 n = 0; n < unit.breakpoints; ++n) {
        write(bvr(n), 0);
        write(bcr(n), 0);
    }
    EXPECT_EQ(state.machine_mdscr, 0U);
    write(mdscr_id, mde | kde);  // with none enabled
    EXPECT_EQ(state.machine_mdscr, 0U);
    write(bcr(3), breakpoint_on);
    EXPECT_EQ(state.machine_mdscr, mde | kde);
    EXPECT_TRUE(state.uses_pairs());
    EXPECT_EQ(state.live_breakpoints, 1U << 3);
    write(bcr(3), breakpoint_on & ~bit(0));
    EXPECT_EQ(state.machine_mdscr, 0U);
    EXPECT_EQ(state.live_breakpoints, 0U);
    write(wcr(2), watchpoint_on);
    EXPECT_EQ(state.machine_mdscr, mde | kde);
    EXPECT_EQ(state.live_watchpoints, 1U << 2);
    write(mdscr_id, 0);
    EXPECT_EQ(state.machine_mdscr, 0U);
    EXPECT_EQ(read(wcr(2)), watchpoint_on);
}

TEST_F(DebugRegisters, StepsAloneLeaveThePairsOut) {
    write(bcr(0), breakpoint_on);
    write(mdscr_id, ss | bit(12));
    EXPECT_EQ(state.machine_mdscr, ss | bit(12));
    EXPECT_FALSE(state.uses_pairs());
}

TEST_F(DebugRegisters, EitherLockHoldsAllBack) {
    write(mdscr_id, ss);
    write(oslar_id, 1);
    EXPECT_EQ(read(oslsr_id), bit(3) | bit(1));
    EXPECT_EQ(state.machine_mdscr, 0U);
    EXPECT_EQ(read(mdscr_id), ss);
    write(oslar_id, 2);  // only bit 0 counts
    EXPECT_EQ(read(oslsr_id), bit(3));
    EXPECT_EQ(state.machine_mdscr, ss);
    write(osdlr_id, 1);
    EXPECT_EQ(read(osdlr_id), 1U);
    EXPECT_EQ(state.machine_mdscr, 0U);
    write(osdlr_id, 0);
    unit.double_lock = false;
    write(osdlr_id, 1);
    EXPECT_EQ(read(osdlr_id), 0U);
    EXPECT_EQ(state.machine_mdscr, ss);
}

/// Every combination of enable, privilege, HMC and SSC, against the manual's tables D2-9 and D2-13:
/// which of them match at EL1 or EL0 of the non-secure state, and what that leaves.
TEST_F(DebugRegisters, TheMachineIsGivenNothingOfEl2OrOfSecureState) {
    for (u64 word = 0; word < 64; ++word) {
        const u64 enable = word & 1;
        const u64 privilege = word >> 1 & 3;
        const u64 hmc = word >> 3 & 1;
        const u64 ssc = word >> 4;
        const u64 control = enable | privilege << 1 | hmc << 13 | ssc << 14;
        const bool own = ssc <= 1 && (hmc == 0 || privilege == 1 || privilege == 3);
        const u64 wanted = enable != 0 && own ? enable | privilege << 1 : 0;
        EXPECT_EQ(machine_breakpoint_control(control), wanted) << word;
        EXPECT_EQ(machine_watchpoint_control(control), wanted) << word;
    }
}

TEST_F(DebugRegisters, BreakpointsCompareNothingOfEl2) {
    for (u64 type = 0; type < 16; ++type) {
        const u64 control = breakpoint_on | type << 20 | u64{5} << 16;
        EXPECT_EQ(machine_breakpoint_control(control), type < 8 ? control : 0) << type;
    }
    constexpr u64 linked = watchpoint_on | bit(20) | u64{5} << 16 | u64{7} << 24;
    EXPECT_EQ(machine_watchpoint_control(linked), linked);
}

// Accesses trap, so that the image is the truth; debug exceptions are EL1's, not EL2's (TDE).
static_assert((mdcr::guest & (bit(9) | bit(10) | bit(11))) == (bit(9) | bit(10) | bit(11)));
static_assert((mdcr::guest & bit(8)) == 0);

}  // namespace
}  // namespace isthmus::arch
