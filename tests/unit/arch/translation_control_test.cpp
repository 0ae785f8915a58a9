// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/translation_control.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

constexpr u64 pa_32 = 0;
constexpr u64 pa_40 = 2;  // Cortex-A53
constexpr u64 pa_44 = 4;  // Cortex-A57, Cortex-A72
constexpr u64 pa_48 = 5;
constexpr u64 pa_52 = 6;  // QEMU's "max"

TEST(PhysicalAddressBits, FollowParange) {
    const unsigned expected[] = {32, 36, 40, 42, 44, 48, 52, 56};
    for (u64 range = 0; range < 8; ++range) {
        EXPECT_EQ(physical_address_bits(range).value(), expected[range]);
    }
    EXPECT_EQ(physical_address_bits(8).error(), Error::unsupported);
}

TEST(Stage2Control, FortyBitsStartAtLevelOneWithTwoTables) {
    const TranslationControl control = stage2_control(pa_44, guest_address_bits).value();
    EXPECT_EQ(control.geometry, (mm::TableGeometry{1, 40}));
    EXPECT_EQ(control.geometry.root_bytes(), 8 * KiB);
    // RES1 31, PS 4, TG0 0, SH0 3, ORGN0 1, IRGN0 1, SL0 1, T0SZ 24.
    EXPECT_EQ(control.word, 0x8004'3558U);
    EXPECT_EQ(stage2_control(pa_40, 40)->word, 0x8002'3558U);
    EXPECT_EQ(stage2_control(pa_48, 40)->word, 0x8005'3558U);
    // Descriptors hold 48 bits: a larger PARange is not offered to the walker.
    EXPECT_EQ(stage2_control(pa_52, 40)->word, 0x8005'3558U);
}

TEST(Stage2Control, TheGuestsSpaceEndsWithItsSecondBank) {
    EXPECT_EQ(u64{1} << guest_address_bits, 0x2'0000'0000 + 1016 * GiB);
}

TEST(Stage2Control, UsesTheFewestLevels) {
    struct Case {
        unsigned ipa_bits;
        unsigned start_level;
        u64 tables;
    };
    for (const Case& expected :
         {Case{32, 2, 4}, Case{34, 2, 16}, Case{35, 1, 1}, Case{39, 1, 1}, Case{40, 1, 2},
          Case{42, 1, 8}, Case{43, 1, 16}, Case{44, 0, 1}, Case{48, 0, 1}}) {
        const TranslationControl control = stage2_control(pa_48, expected.ipa_bits).value();
        EXPECT_EQ(control.geometry.start_level, expected.start_level) << expected.ipa_bits;
        EXPECT_EQ(control.geometry.root_bytes(), expected.tables * page_size) << expected.ipa_bits;
        EXPECT_TRUE(control.geometry.is_valid());
        EXPECT_EQ(translation_control::Sl0::get(control.word), 2 - expected.start_level);
        EXPECT_EQ(translation_control::T0sz::get(control.word), 64 - expected.ipa_bits);
    }
}

TEST(Stage2Control, RefusesWhatTheCpuCannotReach) {
    EXPECT_EQ(stage2_control(pa_32, 40).error(), Error::unsupported);
    EXPECT_EQ(stage2_control(pa_44, 45).error(), Error::unsupported);
    EXPECT_EQ(stage2_control(9, 40).error(), Error::unsupported);
    EXPECT_EQ(stage2_control(pa_52, 49).error(), Error::invalid_argument);
    EXPECT_EQ(stage2_control(pa_52, 31).error(), Error::invalid_argument);
    EXPECT_TRUE(stage2_control(pa_32, 32));
}

TEST(El2Control, OneTableALevel) {
    // RES1 31 and 23, PS, SH0 3, ORGN0 1, IRGN0 1, T0SZ.
    EXPECT_EQ(el2_control(pa_44, 48)->word, 0x8084'3510U);
    EXPECT_EQ(el2_control(pa_44, 39)->word, 0x8084'3519U);
    EXPECT_EQ(el2_control(pa_52, 48)->word, 0x8085'3510U);
    for (unsigned bits = 32; bits <= 48; ++bits) {
        const TranslationControl control = el2_control(pa_44, bits).value();
        EXPECT_EQ(control.geometry.start_level, bits > 39 ? 0U : 1U);
        EXPECT_EQ(control.geometry.root_bytes(), page_size);
        EXPECT_TRUE(control.geometry.is_valid());
    }
    EXPECT_EQ(el2_control(pa_44, 49).error(), Error::invalid_argument);
    EXPECT_EQ(el2_control(pa_44, 31).error(), Error::invalid_argument);
    EXPECT_EQ(el2_control(8, 48).error(), Error::unsupported);
}

}  // namespace
}  // namespace isthmus::arch
