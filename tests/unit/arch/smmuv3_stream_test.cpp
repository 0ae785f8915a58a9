// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmu/stream.hpp"

#include <gtest/gtest.h>

#include "arch/arm64/smmu/registers.hpp"

namespace isthmus::arch::smmu {
namespace {

using Words = std::array<u64, 8>;

// IHI 0070, 5.2: V is bit 0, Config bits 3:1.
TEST(StreamEntry, AbortAndBypass) {
    EXPECT_EQ(abort_entry().words, (Words{0x1}));
    EXPECT_EQ(bypass_entry(false).words, (Words{0x9}));
    // SHCFG, bits 109:108: use incoming.
    EXPECT_EQ(bypass_entry(true).words, (Words{0x9, 0x1000'0000'0000}));
}

// S2VMID 143:128, S2T0SZ 165:160, S2SL0 167:166, S2IR0 169:168, S2OR0 171:170, S2SH0 173:172, S2TG
// 175:174, S2PS 178:176, S2AA64 179, S2AFFD 181, S2R 186; S2TTB 247:196; MEV 83, S2FWB 89.
TEST(StreamEntry, Stage2AsTheCpusHaveIt) {
    const u64 vtcr = stage2_control(4, guest_address_bits)->word;
    ASSERT_EQ(vtcr, 0x8004'3558U);
    const StreamEntry entry = stage2_entry({.vttbr = 0x0003'0000'4567'8000, .vtcr = vtcr});
    // VTCR_EL2's bits 18:0 are 0x43558: they stand at bit 160, that is 32 of word 2.
    EXPECT_EQ(entry.words, (Words{0xd, 0x8'0000, 0x042c'3558'0000'0003, 0x4567'8000}));
}

TEST(StreamEntry, Stage2Options) {
    const StreamEntry entry = stage2_entry(
        {.vttbr = 0xffff'0000'0000'0000 | 0x0000'ffff'ffff'f000 | 1,  // CnP is no part of the base
         .vtcr = stage2_control(6, 32)->word,
         .forces_write_back = true,
         .overrides = true});
    EXPECT_EQ(entry.words[0], 0xdU);
    EXPECT_EQ(entry.words[1], 0x1000'0208'0000U);
    // T0SZ 32, SL0 0, cached walks 0x35, PS 5.
    EXPECT_EQ(entry.words[2], 0x042d'3520'0000'ffffU);
    EXPECT_EQ(entry.words[3], 0x0000'ffff'ffff'f000U);
}

TEST(SmmuRegisters, AsTheManualHasThem) {
    EXPECT_EQ(cr1_cached, 0xd75U);
    EXPECT_EQ(eventq_prod, 0x100a8U);
    EXPECT_EQ(eventq_cons, 0x100acU);
    // QEMU 7.2's SMMU: first stage only, 16 bits of stream ID, two levels.
    constexpr u64 id0 = 0x0d44'101a;
    EXPECT_EQ(idr0_field::S2p::get(id0), 0U);
    EXPECT_EQ(idr0_field::S1p::get(id0), 1U);
    EXPECT_EQ(idr0_field::Ttf::get(id0), 2U);
    EXPECT_EQ(idr0_field::Cohacc::get(id0), 1U);
    EXPECT_EQ(idr0_field::Vmid16::get(id0), 1U);
    EXPECT_EQ(idr0_field::Ttendian::get(id0), 2U);
    EXPECT_EQ(idr0_field::StallModel::get(id0), 1U);
    EXPECT_EQ(idr0_field::StLevel::get(id0), 1U);
    constexpr u64 id1 = 0x0273'0010;
    EXPECT_EQ(idr1_field::Sidsize::get(id1), 16U);
    EXPECT_EQ(idr1_field::Eventqs::get(id1), 19U);
    EXPECT_EQ(idr1_field::Cmdqs::get(id1), 19U);
    EXPECT_EQ(idr1_field::TablesPreset::get(bit(30)), 1U);
    EXPECT_EQ(idr1_field::QueuesPreset::get(bit(29)), 1U);
    EXPECT_EQ(idr1_field::AttrTypesOvr::get(bit(27)), 1U);
    EXPECT_EQ(idr3_field::Fwb::get(bit(8)), 1U);
    EXPECT_EQ(idr5_field::Gran4k::get(0x74), 1U);
    EXPECT_EQ(idr5_field::Oas::get(0x74), 4U);
}

}  // namespace
}  // namespace isthmus::arch::smmu
