// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/gic/list_register.hpp"
#include "isthmus/arch/list_registers.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

using State = ListRegister::State;

ListRegister make(u16 intid, u16 host_intid, u8 priority, State state, bool end_signal,
                  bool group1) {
    ListRegister value;
    value.intid = intid;
    value.host_intid = host_intid;
    value.priority = priority;
    value.state = state;
    value.end_signal = end_signal;
    value.group1 = group1;
    return value;
}

// IHI 0069, 12.4.9: State 63:62, HW 61, Group 60, Priority 55:48, pINTID 44:32 or EOI 41, vINTID.
TEST(ListRegisterWord, AsTheManualDrawsIt) {
    EXPECT_EQ(ich::encode(make(27, 30, 0xa0, State::pending, false, true)), 0x70a0'001e'0000'001bU);
    EXPECT_EQ(ich::encode(make(40, 0, 0x80, State::active, true, true)), 0x9080'0200'0000'0028U);
    EXPECT_EQ(ich::encode(make(5, 0, 0, State::pending_and_active, false, false)),
              0xc000'0000'0000'0005U);
    EXPECT_EQ(ich::encode(ListRegister{}) & ~bit(60), 0U);
}

TEST(ListRegisterWord, ThereAndBack) {
    for (const State state :
         {State::inactive, State::pending, State::active, State::pending_and_active}) {
        for (const u16 host : {u16{0}, u16{27}, u16{1019}}) {
            for (const bool group1 : {false, true}) {
                const bool signal = host == 0 && group1;
                const ListRegister value = make(1019, host, 0xf8, state, signal, group1);
                const ListRegister back = ich::decode(ich::encode(value));
                EXPECT_EQ(back.intid, value.intid);
                EXPECT_EQ(back.host_intid, value.host_intid);
                EXPECT_EQ(back.priority, value.priority);
                EXPECT_EQ(back.state, value.state);
                EXPECT_EQ(back.end_signal, value.end_signal);
                EXPECT_EQ(back.group1, value.group1);
            }
        }
    }
}

TEST(ListRegisterWord, TheShortWayMakesTheSameWord) {
    for (const u16 host : {u16{0}, u16{27}}) {
        for (const bool signal : {false, true}) {
            EXPECT_EQ(ich::encode_pending(33, host, 0x50, true, signal),
                      ich::encode(make(33, host, 0x50, State::pending, signal, true)));
        }
    }
}

TEST(ListRegisterWord, NeighbouringRegisters) {
    EXPECT_EQ(ich::VtrListRegs::get(0x9000'0003), 3U);       // four of them
    EXPECT_EQ(ich::VtrPreBits::get(0x9000'0003), 4U);        // five preemption bits
    EXPECT_EQ(ich::HcrEoiCount::get(u64{3} << 27 | 1), 3U);  // ICH_HCR_EL2
    EXPECT_EQ(ich::hcr_en | ich::hcr_uie | ich::hcr_lrenpie | ich::hcr_npie, 0xfU);
}

}  // namespace
}  // namespace isthmus::arch
