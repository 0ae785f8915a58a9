// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/guest_space.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

HostRange host(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}

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

    static fdt::HostDescription machine(u8 gic_version) {
        fdt::HostDescription host;
        host.gic = fdt::Gic{};
        host.gic->version = gic_version;
        return host;
    }
    ImageLayout images(const DomainConfig& config) {
        return plan_images(config, guest_ram(config, arena_), findings_);
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
    const DomainConfig config = domain(64 * MiB);
    DomainConfig two = config;
    two.cpus = 2;
    const std::array registers{*GuestRange::from(GuestAddress(0x22000000), page_size)};
    const std::array devices{EmulatedDevicePlan{EmulatedKind::uart, 0, "uart", registers, {}}};
    Emulation of_two;
    of_two.devices = devices;
    of_two.gic = plan_gic(machine(3), two, of_two);
    Emulation of_one;
    of_one.gic = plan_gic(machine(2), config, of_one);
    const auto v3 = guest_uses(two, of_two, arena_);
    const auto v2 = guest_uses(config, of_one, arena_);
    const auto covers = [](std::span<const shm::GuestUse> uses, u64 address) {
        for (const shm::GuestUse& use : uses) {
            if (use.range.contains(GuestAddress(address))) {
                return true;
            }
        }
        return false;
    };
    EXPECT_TRUE(covers(v3, 0x305ffff));
    EXPECT_FALSE(covers(v3, 0x3060000)) << "two vCPUs have two redistributors";
    EXPECT_TRUE(covers(v3, 0x22000000));
    EXPECT_FALSE(covers(v2, 0x3020000));
    EXPECT_TRUE(covers(v2, 0x3003fff));
    EXPECT_FALSE(covers(v2, 0x22000000)) << "no vpl011, no UART";
    EXPECT_FALSE(covers(v2, 0x44000000));
}

TEST_F(GuestSpaceTest, SmallestDomain) {
    EXPECT_EQ(images(domain(4 * MiB)).kernel_window.size(), 2 * MiB);
    EXPECT_FALSE(findings_.has_errors());
    images(domain(4 * MiB - page_size));
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST_F(GuestSpaceTest, TheRamdiskMayTakeAllButTheLeast) {
    const ImageLayout layout = images(domain(64 * MiB, 60 * MiB));
    EXPECT_EQ(layout.kernel_window.size(), 2 * MiB);
    EXPECT_FALSE(findings_.has_errors());
    images(domain(64 * MiB, 60 * MiB + 1));
    EXPECT_EQ(findings_.errors(), 1u);
    images(domain(64 * MiB, ~u64{0} - 0x2000));
    EXPECT_EQ(findings_.errors(), 2u);
}

TEST_F(GuestSpaceTest, ALargeRamdiskComesLast) {
    constexpr GuestAddress base = guest_layout::ram_bank0.start();
    const ImageLayout usual = images(domain(2 * GiB, 508 * MiB));
    EXPECT_EQ(usual.tree_target.end(), base + 512 * MiB);
    EXPECT_EQ(usual.ramdisk_target.end(), usual.tree_target.start());

    const ImageLayout large = images(domain(2 * GiB, 508 * MiB + 1));
    EXPECT_EQ(large.ramdisk_target, *GuestRange::from(base + (2 * GiB - 510 * MiB), 508 * MiB + 1));
    EXPECT_EQ(large.tree_target, *GuestRange::from(base + 510 * MiB, 2 * MiB));
    EXPECT_EQ(large.kernel_window, *GuestRange::from(base, 510 * MiB));

    const ImageLayout tight = images(domain(700 * MiB, 696 * MiB));
    EXPECT_EQ(tight.kernel_window, *GuestRange::from(base, 2 * MiB));
    EXPECT_EQ(tight.tree_target, *GuestRange::from(base + 2 * MiB, 2 * MiB));
    EXPECT_EQ(tight.ramdisk_target, *GuestRange::from(base + 4 * MiB, 696 * MiB));
    EXPECT_FALSE(findings_.has_errors());
    images(domain(700 * MiB, 696 * MiB + 1));
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST_F(GuestSpaceTest, DirectMappedRamIsSortedAndJoined) {
    DomainConfig config = domain(32 * MiB);
    config.direct_map = true;
    const std::array<HostRange, 3> ranges{host(0x7000'0000, 8 * MiB), host(0x5000'0000, 16 * MiB),
                                          host(0x5100'0000, 8 * MiB)};
    config.static_mem = ranges;
    const auto ram = guest_ram(config, arena_);
    ASSERT_EQ(ram.size(), 2u);
    EXPECT_EQ(ram[0], *GuestRange::from(GuestAddress(0x5000'0000), 24 * MiB));
    EXPECT_EQ(ram[1], *GuestRange::from(GuestAddress(0x7000'0000), 8 * MiB));
}

TEST_F(GuestSpaceTest, ImagesGoToTheLowestStretchWithRoom) {
    DomainConfig config = domain(32 * MiB, 4 * MiB + 1);
    config.direct_map = true;
    const std::array<HostRange, 3> ranges{host(0x5000'0000, 8 * MiB), host(0x6000'1000, 12 * MiB),
                                          host(0x7000'0000, 12 * MiB)};
    config.static_mem = ranges;
    const ImageLayout layout = images(config);
    EXPECT_EQ(layout.tree_target.start(), GuestAddress(0x60a0'0000));
    EXPECT_EQ(layout.kernel_window.start(), GuestAddress(0x6020'0000));
    EXPECT_EQ(layout.ramdisk_target.size(), 4 * MiB + 1);
    EXPECT_FALSE(findings_.has_errors());
    config.ramdisk->host = host(0x1000, 9 * MiB);
    images(config);
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST_F(GuestSpaceTest, UnevenRamKeepsTheTreeAligned) {
    const ImageLayout layout = images(domain(7 * MiB + page_size));
    EXPECT_EQ(layout.tree_target, *GuestRange::from(GuestAddress(0x40400000), 2 * MiB));
}

}  // namespace
}  // namespace isthmus::dom0less
