// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/el2_features.hpp"

#include <gtest/gtest.h>

#include "arch/arm64/guest/id_fields.hpp"

namespace isthmus::arch {
namespace {

TEST(El2Features, AnArmv8CpuHasNone) {
    constexpr FeatureIds ids{.pfr0 = 0x1100'0000'1101'2222, .mmfr0 = 0x1124, .mmfr1 = 0};
    EXPECT_FALSE(ids.has_hcrx() || ids.has_fine_traps() || ids.has_more_fine_traps() ||
                 ids.has_monitor_traps() || ids.has_mpam());
}

TEST(El2Features, EachHasItsField) {
    EXPECT_TRUE((FeatureIds{.mmfr1 = bit(40)}).has_hcrx());
    EXPECT_TRUE((FeatureIds{.mmfr0 = bit(56)}).has_fine_traps());
    EXPECT_FALSE((FeatureIds{.mmfr0 = bit(56)}).has_more_fine_traps());
    EXPECT_TRUE((FeatureIds{.mmfr0 = bit(57)}).has_more_fine_traps());
    EXPECT_FALSE((FeatureIds{.pfr0 = bit(44)}).has_monitor_traps());
    EXPECT_TRUE((FeatureIds{.pfr0 = bit(44), .mmfr0 = bit(56)}).has_monitor_traps());
    EXPECT_TRUE((FeatureIds{.pfr0 = bit(40)}).has_mpam());
    EXPECT_TRUE((FeatureIds{.pfr1 = bit(16)}).has_mpam());  // version 0.1
}

TEST(El2Features, MpamTrapsAllThatTheCpuCanTrap) {
    EXPECT_EQ(mpam::el2_word(0), u64{3} << 48);
    EXPECT_EQ(mpam::el2_word(mpam::HasTidr::of(1)), (u64{3} << 48) | bit(58));
    EXPECT_EQ(mpam::el2_word(mpam::HasHcr::of(1)), u64{3} << 48);
}

TEST(El2Features, RegistersThatOnlySomeCpusSwitch) {
    EXPECT_FALSE(FeatureIds{}.has_ras());
    EXPECT_TRUE((FeatureIds{.pfr0 = bit(28)}).has_ras());
    EXPECT_FALSE((FeatureIds{.pfr0 = bit(56)}).has_context_numbers());
    EXPECT_TRUE((FeatureIds{.pfr0 = bit(57)}).has_context_numbers());
    EXPECT_TRUE((FeatureIds{.pfr0 = u64{3} << 56}).has_context_numbers());
    EXPECT_FALSE((FeatureIds{.pfr0 = bit(56), .pfr1 = bit(32)}).has_context_numbers());
    EXPECT_TRUE((FeatureIds{.pfr0 = bit(56), .pfr1 = bit(33)}).has_context_numbers());
    EXPECT_FALSE((FeatureIds{.pfr1 = bit(33)}).has_context_numbers());
    EXPECT_TRUE((FeatureIds{.pfr1 = bit(24)}).has_untrapped_sme());
    EXPECT_FALSE((FeatureIds{.pfr1 = bit(24), .mmfr0 = bit(56)}).has_untrapped_sme());
}

TEST(El2Features, AGuestIsShownNoneOfThem) {
    const FeatureIds shown{.pfr0 = guest_view_of_id(4, 0, ~u64{0}),
                           .pfr1 = guest_view_of_id(4, 1, ~u64{0}),
                           .mmfr0 = guest_view_of_id(7, 0, ~u64{0}),
                           .mmfr1 = guest_view_of_id(7, 1, ~u64{0})};
    EXPECT_FALSE(shown.has_hcrx() || shown.has_fine_traps() || shown.has_mpam());
    EXPECT_EQ(BitField<44>::get(shown.pfr0), 0U);
}

}  // namespace
}  // namespace isthmus::arch
