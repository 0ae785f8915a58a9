// SPDX-License-Identifier: Apache-2.0
// What SMMUs say of devices that went too far.
#include "core/dma_faults.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/dma_fixture.hpp"

namespace isthmus::core {
namespace {

using test::DmaTest;
using test::fake;
using enum arch::SmmuSupport;

TEST_F(DmaTest, FaultsAreShownButNotForEver) {
    support(usable, usable);
    EXPECT_EQ(check(), "");
    ASSERT_TRUE(hold());
    EXPECT_TRUE(fake().lines[90].enabled);
    EXPECT_EQ(fake().lines.size(), 1u);
    fake().smmus[0].faults.assign(100, {5, 0x10, "F_TRANSLATION", true, true, 0x1234});
    fake().take_output();
    EXPECT_TRUE(on_smmu_interrupt(90));
    EXPECT_FALSE(on_smmu_interrupt(91));
    const std::string said = fake().take_output();
    EXPECT_NE(said.find("/smmu0: stream 0x5 writes to 0x1234: F_TRANSLATION"), std::string::npos);
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 32);
}

}  // namespace
}  // namespace isthmus::core
