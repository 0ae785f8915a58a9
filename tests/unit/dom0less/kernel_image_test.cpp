// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel_image.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::dom0less {
namespace {

using Head = std::vector<std::byte>;

void put(Head& head, usize at, u64 value, usize bytes) {
    for (usize i = 0; i < bytes; ++i) {
        head[at + i] = static_cast<std::byte>(value >> (8 * i));
    }
}

Head header(u64 text_offset, u64 image_size, u64 flags) {
    Head head(64);
    put(head, 8, text_offset, 8);
    put(head, 16, image_size, 8);
    put(head, 24, flags, 8);
    put(head, 56, 0x644d5241, 4);
    return head;
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
    Head gzip(64);
    gzip[0] = std::byte{0x1f};
    gzip[1] = std::byte{0x8b};
    EXPECT_EQ(probe_kernel(gzip, 1000).error(), Error::unsupported);
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

TEST(KernelFindings, NameWhatWasSeen) {
    std::vector<std::byte> memory(1 << 16);
    Arena arena(memory);
    Findings findings(arena);
    const DomainPlan plan = domain(4 * MiB);
    report_kernel_format(plan, Error::invalid_argument, Head(64), findings);
    report_kernel_format(plan, Error::invalid_argument, Head(3), findings);
    report_kernel_format(plan, Error::unsupported, header(0, 1, 1), findings);
    report_kernel_format(plan, Error::unsupported, Head{std::byte{0x1f}, std::byte{0x8b}},
                         findings);
    report_kernel_format(plan, Error::out_of_range, header(~u64{0}, 2, 0), findings);
    report_kernel_size(plan, {0x80000, 0x800000, false, {}}, findings);
    std::string text;
    for (const Finding& finding : findings.items()) {
        text += test::to_text(finding) + "\n";
    }
    EXPECT_EQ(
        text,
        "error[dom-kernel-format] /chosen/domU1/kernel: no arm64 Image of 0 bytes: the magic "
        "number at byte 56 is 0x0, not 0x644d5241\n"
        "error[dom-kernel-format] /chosen/domU1/kernel: no arm64 Image of 0 bytes: the magic "
        "number at byte 56 is 0x0, not 0x644d5241\n"
        "error[dom-kernel-format] /chosen/domU1/kernel: a big-endian kernel\n"
        "error[dom-kernel-format] /chosen/domU1/kernel: a gzip-compressed kernel, which is not "
        "supported by this version\n"
        "error[dom-kernel-format] /chosen/domU1/kernel: text_offset 0xffffffffffffffff and "
        "image_size 0x2 of the Image header wrap around\n"
        "error[dom-kernel-size] /chosen/domU1/kernel: the kernel needs 0x800000 bytes 0x80000 "
        "behind a 2 MiB boundary, but 0x40000000-0x40400000 of /chosen/domU1 is free for it\n");
}

}  // namespace
}  // namespace isthmus::dom0less
