// SPDX-License-Identifier: Apache-2.0
// What the hardware was told, against the plan: a running driver, and then one thing spoiled.
#include "arch/arm64/smmu/audit.hpp"

#include "arch/arm64/cpu/vcpu_state.hpp"
#include "isthmus/arch/host_map.hpp"
#include "tests/unit/arch/smmuv3_fixture.hpp"

namespace isthmus::arch {
namespace {

using namespace smmu;
using Kind = StreamDifference::Kind;

class StreamAuditTest : public test::Smmuv3Test {
  protected:
    StreamAuditTest() {
        EXPECT_TRUE(start());
        EXPECT_TRUE(smmu.attach({0x101, 2}, guest(1)));
        EXPECT_TRUE(smmu.attach({0x2000, 1}, guest(2)));
    }

    static GuestControl control(u64 vmid) { return {guest(vmid).vttbr, guest(vmid).vtcr}; }
    u64 audit(EntryKind kind = {}) {
        found.clear();
        return audit_table(
            smmu.read_back(), kind, plan,
            [](void* context, const StreamDifference& difference) {
                static_cast<StreamAuditTest*>(context)->found.push_back(difference);
            },
            this);
    }
    /// As audit(), where one thing differs.
    StreamDifference only_difference() {
        audit();
        EXPECT_EQ(found.size(), 1U);
        return found.empty() ? StreamDifference() : found[0];
    }
    StreamEntry& entry(u32 stream) {
        return const_cast<StreamEntry&>(*StreamTable(smmu.read_back()).find(stream));
    }

    GuestControl first = control(1);
    GuestControl second = control(2);
    std::vector<PlannedStreams> plan{{{0x101, 2}, &first}, {{0x2000, 1}, &second}};
    std::vector<StreamDifference> found;
};

TEST_F(StreamAuditTest, PassesWhatWasPlanned) {
    EXPECT_EQ(audit(), 3U);
    EXPECT_TRUE(found.empty());
    const std::vector<u32> all{0x101, 0x102, 0x2000};
    for (u32 stream = 0; stream < 0x4000; ++stream) {
        const StreamEntry* const seen = StreamTable(smmu.read_back()).find(stream);
        const auto real = hardware.lookup(stream);
        ASSERT_EQ(seen != nullptr, real.has_value()) << stream;
        ASSERT_TRUE(seen == nullptr || *seen == *real) << stream;
        ASSERT_EQ(seen != nullptr && !is_aborting(*seen),
                  std::find(all.begin(), all.end(), stream) != all.end())
            << stream;
    }
}

TEST_F(StreamAuditTest, AnyWordOfAnEntryCounts) {
    for (usize word = 0; word < 8; ++word) {
        for (const u64 changed : {bit(0), bit(63)}) {
            entry(0x102).words[word] ^= changed;
            const StreamDifference difference = only_difference();
            EXPECT_EQ(difference.kind, Kind::entry);
            EXPECT_EQ(difference.stream, 0x102U);
            EXPECT_EQ(difference.planned, 0U);
            EXPECT_EQ(difference.word, word);
            EXPECT_EQ(difference.expected ^ difference.found, changed);
            entry(0x102).words[word] ^= changed;
        }
    }
    EXPECT_EQ(audit(), 3U);
    EXPECT_TRUE(found.empty());
}

TEST_F(StreamAuditTest, TablesMadeForForcedWriteBackAndOverrides) {
    audit({.forces_write_back = true, .overrides = false});
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].word, 1U);
    EXPECT_EQ(found[0].expected ^ found[0].found, ste::S2fwb::mask);
    audit({.forces_write_back = false, .overrides = true});
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].expected ^ found[0].found, ste::Shcfg::of(ste::shcfg_incoming));
}

TEST_F(StreamAuditTest, AnothersStream) {
    entry(0x2000) = stage2_entry(guest(1));
    const StreamDifference difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::entry);
    EXPECT_EQ(difference.planned, 1U);
    EXPECT_EQ(difference.word, 2U) << "the VMID";
}

TEST_F(StreamAuditTest, AStreamThatIsNobodys) {
    entry(0x103) = stage2_entry(guest(1));
    StreamDifference difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::unplanned);
    EXPECT_EQ(difference.stream, 0x103U);
    EXPECT_EQ(audit(), 4U);
    entry(0x103) = bypass_entry(false);
    difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::unplanned);
    EXPECT_EQ(difference.found, 9U);
    entry(0x103).words[0] = ste::Config::of(ste::config_bypass);  // V is 0
    EXPECT_EQ(audit(), 3U);
    EXPECT_TRUE(found.empty());
}

/// More than the driver was ever told: an entry behind a descriptor that should not be there.
TEST_F(StreamAuditTest, AStreamBehindADescriptorTooMany) {
    u64* const descriptors = host_object<u64>(HostAddress(test::FakeSmmu::memory_start));
    descriptors[0x1000 >> 6] = descriptors[0x2000 >> 6];
    const StreamDifference difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::unplanned);
    EXPECT_EQ(difference.stream, 0x1000U);
}

TEST_F(StreamAuditTest, APlannedStreamWithoutAnEntry) {
    host_object<u64>(HostAddress(test::FakeSmmu::memory_start))[0x2000 >> 6] = 0;
    const StreamDifference difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::no_entry);
    EXPECT_EQ(difference.stream, 0x2000U);
    EXPECT_EQ(difference.planned, 1U);
}

TEST_F(StreamAuditTest, APlannedStreamThatIsAborted) {
    ASSERT_TRUE(smmu.detach({0x2000, 1}));
    const StreamDifference difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::entry);
    EXPECT_EQ(difference.word, 0U);
}

/// The table that counts is the one the hardware names, not the one the driver has filled.
TEST_F(StreamAuditTest, AnotherTable) {
    hardware.wide[strtab_base] += 16 * KiB;
    audit();
    EXPECT_FALSE(found.empty());
    hardware.wide[strtab_base] = 0x7000'0000;
    audit();
    ASSERT_EQ(found.size(), 4U) << "three streams without an entry, and the table";
    EXPECT_EQ(found[3].kind, Kind::table);
    EXPECT_EQ(found[3].found, 0x7000'0000U);
}

TEST_F(StreamAuditTest, APartOfTheTableElsewhere) {
    host_object<u64>(HostAddress(test::FakeSmmu::memory_start))[1] = 0x7000'0000 | 7;
    const StreamDifference difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::table);
    EXPECT_EQ(difference.stream, 64U);
    EXPECT_EQ(difference.found, 0x7000'0000U | 7U);
}

TEST_F(StreamAuditTest, OneThatIsOffOrDoesNotCheckWhatDevicesTranslated) {
    hardware.registers[cr0ack] &= ~1U;
    StreamDifference difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::off);
    EXPECT_EQ(difference.found, 0xcU);
    hardware.registers[cr0ack] |= 1U;
    hardware.registers[idr0] |= 1U << 10;  // ATS, which the driver turned on without
    smmu.open(SmmuRegisters());
    difference = only_difference();
    EXPECT_EQ(difference.kind, Kind::off);
    EXPECT_EQ(difference.expected, 0x11U);
}

}  // namespace
}  // namespace isthmus::arch
