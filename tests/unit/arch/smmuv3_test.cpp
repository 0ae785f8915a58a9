// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmu/smmuv3.hpp"

#include "tests/unit/arch/smmuv3_fixture.hpp"

namespace isthmus::arch {
namespace {

using namespace smmu;
using test::Opcodes;
using test::Smmuv3Test;

TEST_F(Smmuv3Test, StartsWithEverythingAborted) {
    ASSERT_TRUE(start());
    EXPECT_TRUE(smmu.is_running());
    EXPECT_TRUE(hardware.is_enabled());
    EXPECT_TRUE(hardware.aborts_while_off());
    EXPECT_EQ(hardware.registers[cr0], 0xdU);  // SMMUEN, EVENTQEN, CMDQEN
    EXPECT_EQ(hardware.registers[cr1], 0xd75U);
    EXPECT_EQ(hardware.registers[cr2], 2U);
    EXPECT_EQ(hardware.registers[irq_ctrl], 5U);
    EXPECT_EQ(hardware.take_opcodes(), (Opcodes{0x04, 0x30, 0x46}));
    EXPECT_EQ(hardware.registers[strtab_base_cfg], 0x1'018eU);  // 14 bits
    EXPECT_EQ(hardware.wide[cmdq_base], bit(62) | 0x4000'3000 | 8);
    EXPECT_EQ(hardware.wide[eventq_base], bit(62) | 0x4000'4000 | 7);
    EXPECT_EQ(hardware.lookup(0x100), abort_entry());
    EXPECT_EQ(hardware.lookup(0x13f), abort_entry());
    EXPECT_EQ(hardware.lookup(0x2000), abort_entry());
    for (const u32 stream : {0u, 0xffu, 0x140u, 0x1fffu, 0x2040u, 0x4000u, ~u32{0}}) {
        EXPECT_EQ(hardware.lookup(stream), std::nullopt) << stream;
    }
}

TEST_F(Smmuv3Test, AbortsBeforeFirmwaresTablesAreLeft) {
    ASSERT_TRUE(start());
    u64 first_gbpa = ~u64{0};
    u64 first_off = ~u64{0};
    for (u64 i = 0; i < hardware.writes.size(); ++i) {
        const auto& [offset, value] = hardware.writes[i];
        if (offset == gbpa && (value & (1u << 20)) != 0 && first_gbpa == ~u64{0}) {
            first_gbpa = i;
        }
        if (offset == cr0 && value == 0 && first_off == ~u64{0}) {
            first_off = i;
        }
    }
    EXPECT_LT(first_gbpa, first_off);
    EXPECT_LT(first_off, hardware.writes.size());
}

TEST_F(Smmuv3Test, ATableOfOneLevel) {
    hardware.registers[idr0] &= ~(1u << 27);
    smmu.open(SmmuRegisters());
    streams = {{0, 0x100}};
    ASSERT_TRUE(start());
    EXPECT_EQ(hardware.registers[strtab_base_cfg], 8U);
    EXPECT_EQ(hardware.lookup(0xff), abort_entry());
    EXPECT_EQ(hardware.lookup(0x100), std::nullopt);
}

TEST_F(Smmuv3Test, WhatTheHardwareHasBesides) {
    hardware.registers[idr0] |= 1u << 10 | 1u << 9 | 1u << 13;  // ATS, Hyp, MSI
    smmu.open(SmmuRegisters());
    hardware.wide[eventq_irq_cfg0] = hardware.wide[gerror_irq_cfg0] = 0x1234;
    ASSERT_TRUE(start());
    EXPECT_EQ(hardware.registers[cr0], 0x1dU);  // ATSCHK
    EXPECT_EQ(hardware.take_opcodes(), (Opcodes{0x04, 0x20, 0x30, 0x46}));
    EXPECT_EQ(hardware.wide[eventq_irq_cfg0], 0U);
    EXPECT_EQ(hardware.wide[gerror_irq_cfg0], 0U);
}

TEST_F(Smmuv3Test, RefusesWhatItCannotDo) {
    EXPECT_EQ(smmu.start(streams, hardware.range(0, 16 * KiB)).error(), Error::invalid_argument);
    EXPECT_EQ(smmu.start(std::vector<StreamIds>{{0x10000, 1}}, hardware.range(0, 2 * MiB)).error(),
              Error::out_of_range);
    streams = {{0xffff, 1}};  // a first level of two pages
    EXPECT_EQ(smmu.start(streams, hardware.range(page_size, 64 * KiB)).error(),
              Error::invalid_argument);
    EXPECT_EQ(smmu.attach({0xffff, 1}, guest(1)).error(), Error::not_found);
    EXPECT_TRUE(hardware.writes.empty());
    ASSERT_TRUE(start());
    EXPECT_EQ(start().error(), Error::invalid_argument);
}

TEST_F(Smmuv3Test, HardwareThatDoesNotAnswerIsAnErrorAndShut) {
    hardware.consumed_before_stuck = 1;
    EXPECT_EQ(start().error(), Error::denied);
    EXPECT_FALSE(smmu.is_running());
    EXPECT_TRUE(is_shut());
}

TEST_F(Smmuv3Test, ACommandErrorShutsIt) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(smmu.attach({0x100, 1}, guest(1)));
    hardware.failing_opcode = 0x28;
    EXPECT_EQ(smmu.invalidate(1).error(), Error::denied);
    EXPECT_TRUE(is_shut());
    EXPECT_FALSE(smmu.is_running());
    EXPECT_EQ(smmu.attach({0x101, 1}, guest(1)).error(), Error::not_found);
    EXPECT_LT(hardware.now, 1000U);  // not one wait to its end
}

TEST_F(Smmuv3Test, AStuckQueueWhileDetachingShutsIt) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(smmu.attach({0x100, 1}, guest(1)));
    hardware.consumed_before_stuck = 0;
    EXPECT_EQ(smmu.detach({0x100, 1}).error(), Error::denied);
    EXPECT_TRUE(is_shut());
}

TEST_F(Smmuv3Test, RegistersThatDoNotKeepTheirValues) {
    for (const u64 offset : {cr0ack, irq_ctrlack}) {
        hardware.deaf = {{offset, 0xff}};
        EXPECT_EQ(start().error(), Error::denied) << offset;
    }
    hardware.deaf = {{gbpa, 0}};  // there is none, as in QEMU before 8.0
    EXPECT_EQ(start().error(), Error::denied);
    hardware.deaf = {{gbpa, 1u << 31}};  // the update is never done
    EXPECT_EQ(start().error(), Error::denied);
    hardware.deaf = {};
    hardware.registers[gbpa] = 0;
    EXPECT_TRUE(start());
}

}  // namespace
}  // namespace isthmus::arch
