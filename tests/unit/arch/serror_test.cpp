// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/serror.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

constexpr u64 serror_class = u64{0x2f} << 26;

u64 with_type(u64 aet) {
    return serror_class | (aet << 10) | 0x11;
}

TEST(SError, OnlyCorrectedAndRestartableOnesAreHarmless) {
    EXPECT_FALSE(SErrorSyndrome{with_type(0)}.is_harmless()) << "uncontainable";
    EXPECT_FALSE(SErrorSyndrome{with_type(1)}.is_harmless()) << "unrecoverable";
    EXPECT_TRUE(SErrorSyndrome{with_type(2)}.is_harmless()) << "restartable";
    EXPECT_FALSE(SErrorSyndrome{with_type(3)}.is_harmless()) << "recoverable: some state is wrong";
    EXPECT_TRUE(SErrorSyndrome{with_type(6)}.is_harmless()) << "corrected";
}

TEST(SError, ACodeThatIsNotTheArchitecturesIsNeverHarmless) {
    EXPECT_FALSE(SErrorSyndrome{serror_class}.is_harmless()) << "no RAS: uncategorized";
    EXPECT_FALSE(SErrorSyndrome{with_type(6) | bit(24)}.is_harmless()) << "IDS";
}

}  // namespace
}  // namespace isthmus::arch
