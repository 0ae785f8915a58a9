// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/gic/list_register_v2.hpp"
#include "isthmus/arch/list_registers.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

using State = ListRegister::State;

// IHI 0048, 5.3.8: HW 31, Grp1 30, State 29:28, Priority 27:23, PhysicalID 19:10 or EOI 19 and
// CPUID 12:10, VirtualID 9:0.
TEST(ListRegisterV2Word, AsTheManualDrawsIt) {
    ListRegister timer{.intid = 27, .host_intid = 30, .priority = 0xa0, .state = State::pending};
    EXPECT_EQ(gich::encode(timer), 0xda00'781bU);
    timer.group1 = false;
    EXPECT_EQ(gich::encode(timer), 0x9a00'781bU);
    const ListRegister level{
        .intid = 40, .priority = 0x80, .state = State::active, .end_signal = true, .group1 = false};
    EXPECT_EQ(gich::encode(level), 0x2808'0028U);
    const ListRegister sgi{
        .intid = 5, .state = State::pending_and_active, .sender = 6, .group1 = false};
    EXPECT_EQ(gich::encode(sgi), 0x3000'1805U);
}

TEST(ListRegisterV2Word, ThereAndBack) {
    for (const State state :
         {State::inactive, State::pending, State::active, State::pending_and_active}) {
        for (const u16 host : {u16{0}, u16{27}, u16{1019}}) {
            for (const u8 sender : {u8{0}, u8{7}}) {
                const ListRegister value{.intid = 1019,
                                         .host_intid = host,
                                         .priority = 0xf8,
                                         .state = state,
                                         .sender = static_cast<u8>((host == 0 ? sender : 0) & 7),
                                         .end_signal = host == 0 && sender == 0,
                                         .group1 = sender != 0};
                const ListRegister back = gich::decode(gich::encode(value));
                EXPECT_EQ(back.intid, value.intid);
                EXPECT_EQ(back.host_intid, value.host_intid);
                EXPECT_EQ(back.priority, value.priority);
                EXPECT_EQ(back.state, value.state);
                EXPECT_EQ(back.sender, value.sender);
                EXPECT_EQ(back.end_signal, value.end_signal);
                EXPECT_EQ(back.group1, value.group1);
            }
        }
    }
}

TEST(ListRegisterV2Word, PrioritiesLoseTheirLowBits) {
    const ListRegister value{.intid = 32, .priority = 0xa7};
    EXPECT_EQ(gich::decode(gich::encode(value)).priority, 0xa0);
}

}  // namespace
}  // namespace isthmus::arch
