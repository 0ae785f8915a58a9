// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmu/commands.hpp"

#include <gtest/gtest.h>

#include "arch/arm64/smmu/event.hpp"
#include "arch/arm64/smmu/queue.hpp"

namespace isthmus::arch::smmu {
namespace {

// IHI 0070, chapter 4: the opcode is bits 7:0; StreamID 63:32, Leaf 64, Range 68:64, VMID 47:32, CS
// 13:12.
TEST(SmmuCommands, AsTheManualDrawsThem) {
    EXPECT_EQ(cfgi_ste(0x8765'4321), (Command{0x8765'4321'0000'0003, 1}));
    EXPECT_EQ(cfgi_all(), (Command{0x04, 31}));
    EXPECT_EQ(tlbi_s12_vmall(0xabcd), (Command{0x0000'abcd'0000'0028, 0}));
    EXPECT_EQ(tlbi_nsnh_all(), (Command{0x30, 0}));
    EXPECT_EQ(tlbi_el2_all(), (Command{0x20, 0}));
    EXPECT_EQ(sync(), (Command{0x46, 0}));
}

TEST(SmmuQueue, EmptyAndFullDifferInTheRound) {
    constexpr QueueShape queue{3};
    u32 prod = 0;
    u32 cons = 0;
    for (unsigned round = 0; round < 5; ++round) {
        EXPECT_TRUE(queue.is_empty(prod, cons));
        for (u32 used = 0; used < 8; ++used) {
            EXPECT_FALSE(queue.is_full(prod, cons));
            EXPECT_EQ(queue.used(prod, cons), used);
            prod = queue.next(prod);
            EXPECT_FALSE(queue.is_empty(prod, cons));
        }
        EXPECT_TRUE(queue.is_full(prod, cons));
        EXPECT_EQ(queue.used(prod, cons), 8U);
        for (u32 i = 0; i < 8; ++i) {
            cons = queue.next(cons);
        }
        prod = queue.next(prod);  // rounds begin at another index each
        cons = queue.next(cons);
    }
}

TEST(SmmuQueue, WhatElseRegistersHoldDoesNotCount) {
    constexpr QueueShape queue{4};
    EXPECT_TRUE(queue.is_empty(0x8000'0013, 0x7f00'0013));
    EXPECT_EQ(queue.index(0x8000'0013), 3U);
    EXPECT_EQ(queue.position(0x8000'0013), 0x13U);
    EXPECT_EQ(queue.next(0x1f), 0U);
    constexpr QueueShape one{0};
    EXPECT_TRUE(one.is_full(one.next(0), 0));
    EXPECT_TRUE(one.is_empty(one.next(one.next(0)), 0));
}

// IHI 0070, 7.3: number 7:0, StreamID 63:32, RnW 99, InputAddr 191:128.
TEST(SmmuEvent, SaysWhoAndWhere) {
    const DmaFault write = decode({0x0000'0027'0000'0010, 0, 0x1234'5678, 0});
    EXPECT_EQ(write.stream, 0x27U);
    EXPECT_EQ(write.event, 0x10);
    EXPECT_EQ(write.name, "F_TRANSLATION");
    EXPECT_TRUE(write.has_access);
    EXPECT_TRUE(write.is_write);
    EXPECT_EQ(write.address, 0x1234'5678U);
    const DmaFault read = decode({0x0000'0001'0000'0013, bit(99 - 64), 0x1000, 0});
    EXPECT_EQ(read.name, "F_PERMISSION");
    EXPECT_FALSE(read.is_write);
}

TEST(SmmuEvent, WithoutAnAccess) {
    const DmaFault fault = decode({0xffff'ffff'0000'0002, ~u64{0}, ~u64{0}, ~u64{0}});
    EXPECT_EQ(fault.name, "C_BAD_STREAMID");
    EXPECT_EQ(fault.stream, 0xffff'ffffU);
    EXPECT_FALSE(fault.has_access);
    EXPECT_EQ(fault.address, 0U);
    EXPECT_EQ(decode({0xe0, 0, 0, 0}).name, "an unknown event");
}

}  // namespace
}  // namespace isthmus::arch::smmu
