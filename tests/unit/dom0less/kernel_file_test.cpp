// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/kernel_file.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/deflate_writer.hpp"
#include "tests/unit/support/kernel_bytes.hpp"
#include "tests/unit/support/uimage_bytes.hpp"

namespace isthmus::dom0less {
namespace {

using test::Bytes;
using test::gzip_stored;
using test::kernel_bytes;
using test::uimage_bytes;

/// Of a file that is not compressed.
Result<KernelImage> probe(const Bytes& module) {
    const auto file = open_kernel(module, module.size());
    EXPECT_TRUE(file);
    return probe_content(*file, file->content, file->size);
}

TEST(KernelFile, WithoutAWrapperItIsTheModule) {
    const Bytes image = kernel_bytes(0x80000, 0x4000, 0xa, 5000);
    const auto file = open_kernel(image, 8000);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->content.size(), 5000u);
    EXPECT_EQ(file->size, 8000u);
    EXPECT_FALSE(file->is_gzip || file->wrapper);
    EXPECT_EQ(probe(image)->text_offset, 0x80000u);
    EXPECT_FALSE(probe(image)->load || probe(image)->entry);
    EXPECT_TRUE(open_kernel(gzip_stored(image), 8000)->is_gzip);
    EXPECT_EQ(probe(Bytes(5000)).error(), Error::invalid_argument);
}

TEST(KernelFile, AWrapperSaysWhetherItsContentIsCompressed) {
    const Bytes image = kernel_bytes(0, 0x4000, 0xa, 5000);
    EXPECT_FALSE(open_kernel(uimage_bytes(image), 8000)->is_gzip);
    EXPECT_EQ(open_kernel(uimage_bytes(image), 8000)->size, 5000u);
    const Bytes packed = gzip_stored(image);
    EXPECT_TRUE(open_kernel(uimage_bytes(packed, {.compression = 1}), 8000)->is_gzip);
    EXPECT_FALSE(open_kernel(uimage_bytes(packed), 8000)->is_gzip);
    EXPECT_EQ(open_kernel(uimage_bytes(image, {.architecture = 2}), 8000).error(),
              UImageFault::arm32);
}

TEST(KernelFile, AnImageInAWrapper) {
    const Bytes image = kernel_bytes(0x80000, 0x400000, 0xa, 5000);
    const auto anywhere = probe(uimage_bytes(image));
    ASSERT_TRUE(anywhere);
    EXPECT_EQ(anywhere->text_offset, 0x80000u) << "the wrapper leaves it to the Image";
    EXPECT_EQ(anywhere->image_size, 0x400000u);
    EXPECT_FALSE(anywhere->load || anywhere->entry);
    const auto placed = probe(uimage_bytes(image, {.load = 0x41000000, .entry = 0x41000040}));
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->load, GuestAddress(0x41000000));
    EXPECT_EQ(placed->entry, GuestAddress(0x41000040));
    EXPECT_EQ(placed->image_size, 0x400000u);
    EXPECT_EQ(probe(uimage_bytes(kernel_bytes(0, 1, 1, 100))).error(), Error::unsupported);
}

TEST(KernelFile, AnythingElseInAWrapper) {
    const auto raw = probe(uimage_bytes(Bytes(5000, std::byte{0xd5}), {.load = 0x40000000}));
    ASSERT_TRUE(raw);
    EXPECT_EQ(raw->image_size, 5000u);
    EXPECT_EQ(raw->load, GuestAddress(0x40000000));
    EXPECT_FALSE(raw->entry);
    EXPECT_EQ(probe(uimage_bytes(Bytes(8)))->image_size, 8u) << "less than an Image's header";
    EXPECT_EQ(probe(uimage_bytes(test::bytes_of("\x7f"
                                                "ELF and so on")))
                  .error(),
              Error::invalid_argument);
}

}  // namespace
}  // namespace isthmus::dom0less
