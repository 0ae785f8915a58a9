// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/image.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/kernel_bytes.hpp"

namespace isthmus::dom0less {
namespace {

using Head = std::vector<std::byte>;

Head header(u64 text_offset, u64 image_size, u64 flags) {
    return test::kernel_bytes(text_offset, image_size, flags);
}

DomainPlan domain(u64 window) {
    DomainPlan plan;
    plan.path = "/chosen/domU1";
    plan.kernel.path = "/chosen/domU1/kernel";
    plan.kernel_window = *GuestRange::from(GuestAddress(0x40000000), window);
    return plan;
}

TEST(KernelImage, ReadsTheHeader) {
    const auto image = probe_kernel(header(0, 0x1a00000, 0xa), 0x1900000);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->text_offset, 0u);
    EXPECT_EQ(image->image_size, 0x1a00000u);
    EXPECT_TRUE(image->placed_anywhere);
    EXPECT_EQ(image->page_size, KernelImage::PageSize::k4);
    EXPECT_FALSE(probe_kernel(header(0, 1, 0), 100)->placed_anywhere);
}

TEST(KernelImage, OldKernelsHaveNoSize) {
    const auto image = probe_kernel(header(0x123, 0, 0), 0x400000);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->text_offset, 0x80000u);
    EXPECT_EQ(image->image_size, 0x400000u);
}

TEST(KernelImage, RefusesWhatItCannotStart) {
    EXPECT_EQ(probe_kernel(Head(64), 1000).error(), Error::invalid_argument);
    EXPECT_EQ(probe_kernel(Head(10), 10).error(), Error::invalid_argument);
    EXPECT_EQ(probe_kernel({}, 0).error(), Error::invalid_argument);
    EXPECT_EQ(probe_kernel(header(0, 100, 0), 63).error(), Error::invalid_argument);
    EXPECT_EQ(probe_kernel(header(0, 100, 1), 1000).error(), Error::unsupported);
    EXPECT_EQ(probe_kernel(header(~u64{0}, 2, 0), 1000).error(), Error::out_of_range);
}

TEST(KernelImage, ReadsTheFieldsAsTheyStand) {
    const KernelHeader header = read_kernel_header(test::kernel_bytes(0x80000, 0x1234567, 0xb));
    EXPECT_EQ(header.text_offset, 0x80000u);
    EXPECT_EQ(header.image_size, 0x1234567u);
    EXPECT_EQ(header.flags, 0xbu);
    EXPECT_EQ(header.magic, kernel_magic);
    const KernelHeader cut = read_kernel_header(Head(30, std::byte{0xff}));
    EXPECT_EQ(cut.image_size, ~u64{0});
    EXPECT_EQ(cut.flags, 0u);
    EXPECT_EQ(cut.magic, 0u);
}

TEST(KernelImage, PageSizesArePassedOver) {
    for (const u64 size : {0u, 1u, 2u, 3u}) {
        const auto image = probe_kernel(header(0, 0x1000, size << 1), 0x1000);
        ASSERT_TRUE(image);
        EXPECT_EQ(static_cast<u64>(image->page_size), size);
    }
}

TEST(KernelImage, AUefiProgramInTheSameFileIsNormal) {
    Head head = header(0, 0x1000, 0xa);
    head[0] = std::byte{'M'};
    head[1] = std::byte{'Z'};
    head[60] = std::byte{64};
    EXPECT_TRUE(probe_kernel(head, 0x1000));
}

TEST(KernelPlacement, AtTheWindowsStart) {
    const auto image = probe_kernel(header(0x80000, 0x200000, 0), 0x180000);
    const auto placement = place_kernel(domain(4 * MiB), *image, 0x180000);
    ASSERT_TRUE(placement);
    EXPECT_EQ(placement->load, GuestAddress(0x40080000));
    EXPECT_EQ(placement->entry, placement->load);
    EXPECT_EQ(placement->copy_bytes, 0x180000u);
    EXPECT_EQ(placement->occupied.end(), GuestAddress(0x40280000));
}

TEST(KernelPlacement, AModuleMayBeLargerThanTheKernel) {
    const auto image = probe_kernel(header(0, 0x10000, 0), 0x800000);
    EXPECT_EQ(place_kernel(domain(4 * MiB), *image, 0x800000)->copy_bytes, 0x10000u);
}

TEST(KernelPlacement, ExactFitAndOneByteMore) {
    const auto fits = probe_kernel(header(0x80000, 4 * MiB - 0x80000, 0), 100);
    EXPECT_TRUE(place_kernel(domain(4 * MiB), *fits, 100));
    const auto larger = probe_kernel(header(0x80000, 4 * MiB - 0x7ffff, 0), 100);
    EXPECT_EQ(place_kernel(domain(4 * MiB), *larger, 100).error(), Error::out_of_range);
    const auto beyond = probe_kernel(header(5 * MiB, 100, 0), 100);
    EXPECT_EQ(place_kernel(domain(4 * MiB), *beyond, 100).error(), Error::out_of_range);
    EXPECT_EQ(place_kernel(domain(0), *fits, 100).error(), Error::out_of_range);
}

/// 64 MiB of RAM without regions: kernel window, ramdisk, tree.
class KernelThatSaysWhere : public testing::Test {
  protected:
    KernelThatSaysWhere() {
        plan = domain(48 * MiB);
        plan.mappings = mappings;
        plan.ramdisk_target = *GuestRange::from(GuestAddress(0x43000000), 8 * MiB);
        plan.tree_target = *GuestRange::from(GuestAddress(0x43800000), 2 * MiB);
    }
    Result<KernelPlacement> place(u64 load, u64 size, std::optional<u64> entry = std::nullopt) {
        KernelImage image;
        image.image_size = size;
        image.load = GuestAddress(load);
        if (entry) {
            image.entry = GuestAddress(*entry);
        }
        return place_kernel(plan, image, size);
    }

    static MappingPlan mapping(u64 guest, u64 size, std::optional<u32> region) {
        MappingPlan made;
        made.guest = *GuestRange::from(GuestAddress(guest), size);
        made.region = region;
        return made;
    }

    std::vector<MappingPlan> mappings = {
        mapping(0x40000000, 32 * MiB, std::nullopt),
        mapping(0x42000000, 96 * MiB, std::nullopt),
        mapping(0x48000000, 1 * MiB, 0),
    };
    DomainPlan plan;
};

TEST_F(KernelThatSaysWhere, GoesThereAndNowhereElse) {
    const auto placed = place(0x40001000, 0x3000, 0x40001010);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->load, GuestAddress(0x40001000));
    EXPECT_EQ(placed->entry, GuestAddress(0x40001010));
    EXPECT_EQ(placed->copy_bytes, 0x3000u);
    EXPECT_EQ(place(0x40001000, 0x3000)->entry, GuestAddress(0x40001000));
    EXPECT_TRUE(place(0x41fff000, 0x2000)) << "two mappings, one piece of RAM";
    EXPECT_TRUE(place(0x43a00000, 4 * MiB)) << "behind the tree is RAM as well";
    EXPECT_TRUE(place(0x43a00000, 0x48000000 - 0x43a00000));
}

TEST_F(KernelThatSaysWhere, NotOverAnythingElse) {
    for (const auto& [load, size] : {std::pair<u64, u64>{0x3fffff00, 0x1000},
                                     {0x42fff000, 0x1001},
                                     {0x43000000, 0x1000},
                                     {0x43700000, 2 * MiB},
                                     {0x43900000, 0x1000},
                                     {0x47fff000, 0x2000},
                                     {0x48000000, 0x1000},
                                     {0x80000000, 0x1000}}) {
        EXPECT_EQ(place(load, size).error(), Error::out_of_range) << std::hex << load;
    }
    EXPECT_EQ(place(0x40001000, ~u64{0}).error(), Error::out_of_range);
}

TEST_F(KernelThatSaysWhere, NotOverXensConsole) {
    plan.xen.console = *GuestRange::from(GuestAddress(0x47fff000), page_size);
    EXPECT_TRUE(place(0x47000000, 0xfff000));
    EXPECT_EQ(place(0x47000000, 0xfff001).error(), Error::out_of_range);
}

TEST_F(KernelThatSaysWhere, IsEnteredInItself) {
    EXPECT_TRUE(place(0x40001000, 0x3000, 0x40003fff));
    EXPECT_EQ(place(0x40001000, 0x3000, 0x40004000).error(), Error::invalid_argument);
    EXPECT_EQ(place(0x40001000, 0x3000, 0x40000fff).error(), Error::invalid_argument);
}

}  // namespace
}  // namespace isthmus::dom0less
