// SPDX-License-Identifier: Apache-2.0
// A running SMMU: streams, commands, events.
#include "tests/unit/arch/smmuv3_fixture.hpp"

namespace isthmus::arch {
namespace {

using namespace smmu;
using test::Opcodes;
using test::Smmuv3Test;

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
