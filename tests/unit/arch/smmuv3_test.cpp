// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmuv3.hpp"

#include <gtest/gtest.h>

#include "tests/unit/arch/fake_smmu.hpp"

namespace isthmus::arch {
namespace {

using namespace smmu;
using Opcodes = std::vector<u64>;

class Smmuv3Test : public ::testing::Test {
  protected:
    Smmuv3Test() {
        test::fake_smmu() = &hardware;
        hardware.registers[idr0] = 0x0844'0019;  // second stage, 16 bits of VMID, two levels
        hardware.registers[idr1] = 0x0273'0010;
        hardware.registers[idr5] = 0x14;
        hardware.registers[cr0] = hardware.registers[cr0ack] = 1;  // as firmware may leave it
        smmu.open(SmmuRegisters());
    }
    ~Smmuv3Test() override { EXPECT_EQ(hardware.unordered, 0U); }

    Result<void> start() { return smmu.start(streams, hardware.range(0, 64 * KiB)); }
    /// As a device would find it: abort without an entry, too.
    bool is_aborted(u32 stream) {
        const auto entry = hardware.lookup(stream);
        return !entry || *entry == abort_entry() || entry->words[0] == 1;
    }
    bool is_shut() { return !hardware.is_enabled() && hardware.aborts_while_off(); }
    static Stage2 guest(u64 vmid) {
        return {.vttbr = vmid << 48 | 0x4020'0000,
                .vtcr = stage2_control(4, guest_address_bits)->word};
    }

    test::FakeSmmu hardware;
    Smmuv3 smmu;
    std::vector<StreamIds> streams{{0x100, 4}, {0x2000, 1}};
};

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

TEST_F(Smmuv3Test, AttachAndDetach) {
    ASSERT_TRUE(start());
    hardware.take_opcodes();
    ASSERT_TRUE(smmu.attach({0x101, 2}, guest(3)));
    EXPECT_EQ(hardware.lookup(0x101), stage2_entry(guest(3)));
    EXPECT_EQ(hardware.lookup(0x102), stage2_entry(guest(3)));
    EXPECT_TRUE(is_aborted(0x100));
    EXPECT_TRUE(is_aborted(0x103));
    EXPECT_EQ(hardware.commands[1], tlbi_s12_vmall(3));
    EXPECT_EQ(hardware.take_opcodes(), (Opcodes{0x04, 0x28, 0x46, 0x04, 0x46}));
    ASSERT_TRUE(smmu.attach({0x2000, 1}, guest(4)));
    EXPECT_EQ(hardware.commands[0], cfgi_ste(0x2000));
    EXPECT_EQ(hardware.take_opcodes(), (Opcodes{0x03, 0x28, 0x46, 0x03, 0x46}));
    ASSERT_TRUE(smmu.detach({0x101, 1}));
    EXPECT_EQ(hardware.take_opcodes(), (Opcodes{0x03, 0x46}));
    EXPECT_TRUE(is_aborted(0x101));
    EXPECT_EQ(hardware.lookup(0x102), stage2_entry(guest(3)));
    ASSERT_TRUE(smmu.attach({0x101, 1}, guest(5)));
    EXPECT_EQ(hardware.lookup(0x101), stage2_entry(guest(5)));
}

TEST_F(Smmuv3Test, AnEntryIsNeverHalfOfTwo) {
    ASSERT_TRUE(start());
    std::vector<StreamEntry> seen;  // at each CMD_SYNC
    hardware.on_command = [&](const Command& command) {
        if (command == sync()) {
            seen.push_back(*hardware.lookup(0x2000));
        }
    };
    ASSERT_TRUE(smmu.attach({0x2000, 1}, guest(3)));
    ASSERT_EQ(seen.size(), 2U);
    StreamEntry prepared = stage2_entry(guest(3));
    prepared.words[0] = abort_entry().words[0];
    EXPECT_EQ(seen[0], prepared);
    EXPECT_EQ(seen[1], stage2_entry(guest(3)));
}

TEST_F(Smmuv3Test, AllOfARangeOrNothing) {
    ASSERT_TRUE(start());
    EXPECT_EQ(smmu.attach({0x13e, 3}, guest(1)).error(), Error::out_of_range);
    EXPECT_EQ(smmu.attach({0xffff'ffff, 2}, guest(1)).error(), Error::out_of_range);
    EXPECT_EQ(smmu.detach({0x140, 1}).error(), Error::out_of_range);
    EXPECT_TRUE(is_aborted(0x13e));
    ASSERT_TRUE(smmu.attach({0x102, 1}, guest(1)));
    EXPECT_EQ(smmu.attach({0x100, 4}, guest(2)).error(), Error::already_mapped);
    EXPECT_TRUE(is_aborted(0x100));
    EXPECT_EQ(hardware.lookup(0x102), stage2_entry(guest(1)));
}

TEST_F(Smmuv3Test, VmidsOfEightBits) {
    hardware.registers[idr0] &= ~(1u << 18);
    smmu.open(SmmuRegisters());
    ASSERT_TRUE(start());
    EXPECT_TRUE(smmu.attach({0x100, 1}, guest(255)));
    EXPECT_EQ(smmu.attach({0x101, 1}, guest(256)).error(), Error::out_of_range);
}

TEST_F(Smmuv3Test, TheQueueGoesRound) {
    hardware.registers[idr1] = 0x0043'0010;  // CMDQS 2: four entries
    smmu.open(SmmuRegisters());
    ASSERT_TRUE(start());
    hardware.take_opcodes();
    for (u16 vmid = 1; vmid < 20; ++vmid) {
        ASSERT_TRUE(smmu.invalidate(vmid));
        EXPECT_EQ(hardware.commands[0], tlbi_s12_vmall(vmid));
        EXPECT_EQ(hardware.take_opcodes(), (Opcodes{0x28, 0x46}));
    }
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

TEST_F(Smmuv3Test, Events) {
    ASSERT_TRUE(start());
    bool were_lost = false;
    EXPECT_EQ(smmu.take_event(were_lost), std::nullopt);
    for (u64 i = 0; i < 300; ++i) {
        hardware.record({i << 32 | 0x10, 0, i, 0});
        hardware.record({i << 32 | 0x13, 0, i, 0});
        EXPECT_EQ(smmu.take_event(were_lost), (EventRecord{i << 32 | 0x10, 0, i, 0}));
        EXPECT_EQ(smmu.take_event(were_lost), (EventRecord{i << 32 | 0x13, 0, i, 0}));
        EXPECT_EQ(smmu.take_event(were_lost), std::nullopt);
    }
    EXPECT_FALSE(were_lost);
    EXPECT_EQ(hardware.registers[eventq_cons], hardware.registers[eventq_prod]);
}

TEST_F(Smmuv3Test, LostEventsAreToldOnce) {
    ASSERT_TRUE(start());
    bool were_lost = false;
    hardware.record({0x10, 0, 0, 0});
    hardware.registers[eventq_prod] |= 1u << 31;  // OVFLG
    EXPECT_TRUE(smmu.take_event(were_lost));
    EXPECT_TRUE(were_lost);
    EXPECT_EQ(hardware.registers[eventq_cons], 1u << 31 | 1);  // OVACKFLG
    were_lost = false;
    EXPECT_EQ(smmu.take_event(were_lost), std::nullopt);
    EXPECT_FALSE(were_lost);
    hardware.registers[eventq_prod] ^= 1u << 31;
    EXPECT_EQ(smmu.take_event(were_lost), std::nullopt);
    EXPECT_TRUE(were_lost);
    EXPECT_EQ(hardware.registers[eventq_cons], 1U);
}

TEST_F(Smmuv3Test, ErrorsOfItsOwnAreToldOnce) {
    hardware.registers[gerror] = 4;  // left from before
    ASSERT_TRUE(start());
    EXPECT_EQ(smmu.take_errors(), 0U);
    hardware.registers[gerror] ^= 1u << 8;
    EXPECT_EQ(smmu.take_errors(), 1u << 8);
    EXPECT_EQ(smmu.take_errors(), 0U);
}

}  // namespace
}  // namespace isthmus::arch
