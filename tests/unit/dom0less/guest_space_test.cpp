// SPDX-License-Identifier: Apache-2.0
#include "dom0less/guest_space.hpp"

#include <gtest/gtest.h>

#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

class GuestSpaceTest : public testing::Test {
  protected:
    static DomainConfig domain(u64 memory, u64 ramdisk = 0) {
        DomainConfig config;
        config.path = "/chosen/a";
        config.memory_bytes = memory;
        if (ramdisk != 0) {
            config.ramdisk = ModuleConfig{*HostRange::from(HostAddress(0x1000), ramdisk), "/r", {}};
        }
        return config;
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    Findings findings_{arena_};
};

TEST_F(GuestSpaceTest, RamFillsBank0First) {
    EXPECT_EQ(ram_in_bank0(64 * MiB).size(), 64 * MiB);
    EXPECT_TRUE(ram_in_bank1(64 * MiB).empty());
    EXPECT_TRUE(ram_in_bank1(3 * GiB).empty());
    EXPECT_EQ(ram_in_bank0(4 * GiB).size(), 3 * GiB);
    EXPECT_EQ(ram_in_bank1(4 * GiB), *GuestRange::from(GuestAddress(0x200000000), 1 * GiB));
}

TEST_F(GuestSpaceTest, UsesNameTheControllerOfTheirVersion) {
    const auto v3 = guest_uses(domain(64 * MiB), 3, arena_);
    const auto v2 = guest_uses(domain(64 * MiB), 2, arena_);
    const auto covers = [](std::span<const shm::GuestUse> uses, u64 address) {
        for (const shm::GuestUse& use : uses) {
            if (use.range.contains(GuestAddress(address))) {
                return true;
            }
        }
        return false;
    };
    EXPECT_TRUE(covers(v3, 0x3020000));
    EXPECT_FALSE(covers(v2, 0x3020000));
    EXPECT_TRUE(covers(v2, 0x3003fff));
    EXPECT_TRUE(covers(v2, 0x22000000));
    EXPECT_FALSE(covers(v2, 0x44000000));
}

TEST_F(GuestSpaceTest, SmallestDomain) {
    EXPECT_EQ(plan_images(domain(4 * MiB), findings_).kernel_window.size(), 2 * MiB);
    EXPECT_FALSE(findings_.has_errors());
    plan_images(domain(4 * MiB - page_size), findings_);
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST_F(GuestSpaceTest, TheRamdiskMayTakeAllButTheLeast) {
    const ImageLayout layout = plan_images(domain(64 * MiB, 60 * MiB), findings_);
    EXPECT_EQ(layout.kernel_window.size(), 2 * MiB);
    EXPECT_FALSE(findings_.has_errors());
    plan_images(domain(64 * MiB, 60 * MiB + 1), findings_);
    EXPECT_EQ(findings_.errors(), 1u);
    plan_images(domain(64 * MiB, ~u64{0} - 0x2000), findings_);
    EXPECT_EQ(findings_.errors(), 2u);
}

TEST_F(GuestSpaceTest, UnevenRamKeepsTheTreeAligned) {
    const ImageLayout layout = plan_images(domain(7 * MiB + page_size), findings_);
    EXPECT_EQ(layout.tree_target, *GuestRange::from(GuestAddress(0x40400000), 2 * MiB));
}

}  // namespace
}  // namespace isthmus::dom0less
