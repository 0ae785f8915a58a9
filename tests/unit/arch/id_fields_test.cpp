// SPDX-License-Identifier: Apache-2.0
// What a guest sees of a CPU that has everything.
#include "arch/arm64/guest/id_fields.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

constexpr u64 all = 0x1111'1111'1111'1111;  // every field: present

/// The four-bit field that starts at `low`, as the guest sees it.
u64 field(unsigned crm, unsigned op2, unsigned low, u64 value = all) {
    return (guest_view_of_id(crm, op2, value) >> low) & 0xf;
}

TEST(GuestView, ProcessorFeatures) {
    EXPECT_EQ(field(4, 0, 0), 1U);               // EL0
    EXPECT_EQ(field(4, 0, 4), 1U);               // EL1
    EXPECT_EQ(field(4, 0, 8), 1U);               // EL2
    EXPECT_EQ(field(4, 0, 12), 1U);              // EL3
    EXPECT_EQ(field(4, 0, 16), 1U);              // FP
    EXPECT_EQ(field(4, 0, 20), 1U);              // AdvSIMD
    EXPECT_EQ(field(4, 0, 32), 0U);              // SVE
    EXPECT_EQ(field(4, 0, 40), 0U);              // MPAM
    EXPECT_EQ(field(4, 0, 44), 0U);              // AMU
    EXPECT_EQ(field(4, 0, 48), 1U);              // DIT
    EXPECT_EQ(field(4, 0, 52), 0U);              // RME
    EXPECT_EQ(field(4, 1, 0), 1U);               // BT
    EXPECT_EQ(field(4, 1, 4), 1U);               // SSBS
    EXPECT_EQ(field(4, 1, 8), 0U);               // MTE
    EXPECT_EQ(field(4, 1, 24), 0U);              // SME
    EXPECT_EQ(guest_view_of_id(4, 4, all), 0U);  // ID_AA64ZFR0_EL1
    EXPECT_EQ(guest_view_of_id(4, 5, all), 0U);  // ID_AA64SMFR0_EL1
}

TEST(GuestView, FloatingPointThatIsAbsentStaysAbsent) {
    EXPECT_EQ(guest_view_of_id(4, 0, 0x00ff'0011) & 0xff'0000, 0xff'0000U);
}

TEST(GuestView, DebugWithoutPerformanceMonitors) {
    EXPECT_EQ(field(5, 0, 0), 1U);   // DebugVer
    EXPECT_EQ(field(5, 0, 4), 0U);   // TraceVer
    EXPECT_EQ(field(5, 0, 8), 0U);   // PMUVer
    EXPECT_EQ(field(5, 0, 12), 1U);  // BRPs
    EXPECT_EQ(field(5, 0, 20), 1U);  // WRPs
    EXPECT_EQ(field(5, 0, 32), 0U);  // PMSVer
    EXPECT_EQ(field(5, 0, 40), 0U);  // TraceFilt
    EXPECT_EQ(field(5, 0, 44), 0U);  // TraceBuffer
    EXPECT_EQ(field(5, 0, 52), 0U);  // BRBE
}

TEST(GuestView, InstructionsWithoutPointerAuthentication) {
    EXPECT_EQ(field(6, 0, 4), 1U);   // AES
    EXPECT_EQ(field(6, 0, 20), 1U);  // Atomic
    EXPECT_EQ(field(6, 0, 24), 0U);  // TME
    EXPECT_EQ(field(6, 0, 60), 1U);  // RNDR
    for (const unsigned low : {4u, 8u, 24u, 28u}) {
        EXPECT_EQ(field(6, 1, low), 0U) << low;  // APA, API, GPA, GPI
    }
    EXPECT_EQ(field(6, 1, 20), 1U);  // LRCPC
    EXPECT_EQ(field(6, 2, 8), 0U);   // GPA3
    EXPECT_EQ(field(6, 2, 12), 0U);  // APA3
    EXPECT_EQ(field(6, 2, 0), 1U);   // WFxT
}

TEST(GuestView, PhysicalAddressesEndAtFortyBits) {
    const u64 expected[] = {0, 1, 2, 2, 2, 2, 2};
    for (u64 range = 0; range < 7; ++range) {
        EXPECT_EQ(field(7, 0, 0, range), expected[range]) << range;
    }
}

TEST(GuestView, GranulesOfStageOneStay) {
    const u64 value = 0x0000'0000'1010'0005;        // TGran4 1 (52 bits), TGran64 0, TGran16 1
    EXPECT_EQ(field(7, 0, 28, value), 0U);          // 4 KiB, but not with 52 bits
    EXPECT_EQ(field(7, 0, 24, value), 0U);          // 64 KiB: 0 is "there"
    EXPECT_EQ(field(7, 0, 20, value), 1U);          // 16 KiB
    EXPECT_EQ(field(7, 0, 28, 0xf000'0000), 0xfU);  // absent stays absent
    for (const unsigned low : {32u, 36u, 40u, 56u, 60u}) {
        EXPECT_EQ(field(7, 0, low), 0U) << low;  // of stage 2, FGT, ECV
    }
}

TEST(GuestView, NothingOfTheHypervisorsOwn) {
    EXPECT_EQ(field(7, 1, 0), 1U);   // HAFDBS
    EXPECT_EQ(field(7, 1, 8), 0U);   // VH
    EXPECT_EQ(field(7, 1, 20), 1U);  // PAN
    EXPECT_EQ(field(7, 1, 28), 0U);  // XNX
    EXPECT_EQ(field(7, 1, 40), 0U);  // HCX
    EXPECT_EQ(field(7, 2, 24), 0U);  // NV
    EXPECT_EQ(field(7, 2, 40), 0U);  // FWB
    EXPECT_EQ(field(7, 2, 4), 1U);   // UAO
}

TEST(GuestView, WhatNoManualHasNamedIsZero) {
    for (const unsigned low : {20u, 40u, 60u}) {
        EXPECT_EQ(field(4, 1, low), 0U) << low;  // ID_AA64PFR1_EL1
    }
    EXPECT_EQ(field(4, 1, 32), 1U);  // CSV2_frac
    EXPECT_EQ(field(4, 0, 56), 1U);  // CSV2
    EXPECT_EQ(field(6, 0, 0), 0U);   // ID_AA64ISAR0_EL1
    EXPECT_EQ(field(6, 2, 44), 0U);  // ID_AA64ISAR2_EL1
    EXPECT_EQ(field(7, 0, 48), 0U);  // ID_AA64MMFR0_EL1
    EXPECT_EQ(field(7, 2, 44), 0U);  // ID_AA64MMFR2_EL1
    EXPECT_EQ(field(5, 0, 16), 0U);  // ID_AA64DFR0_EL1: PMSS
    EXPECT_EQ(field(6, 2, 28), 1U);  // CLRBHB
    EXPECT_EQ(field(7, 1, 60), 1U);  // ECBHB
}

TEST(GuestView, UnnamedRegistersAreZeroAndAArch32OnesPass) {
    EXPECT_EQ(guest_view_of_id(1, 0, 0x131), 0x131U);
    EXPECT_EQ(guest_view_of_id(3, 2, all), all);
    for (const unsigned op2 : {3u, 4u, 5u, 6u, 7u}) {
        EXPECT_EQ(guest_view_of_id(7, op2, all), 0U) << op2;
    }
    EXPECT_EQ(id_index(1, 0), 0U);
    EXPECT_EQ(id_index(7, 7), 55U);
}

}  // namespace
}  // namespace isthmus::arch
