// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/compressed_kernel.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/support/deflate_writer.hpp"
#include "tests/unit/support/kernel_bytes.hpp"
#include "tests/unit/support/uimage_bytes.hpp"

namespace isthmus::dom0less {
namespace {

using test::Bytes;
using test::gzip_stored;
using test::kernel_bytes;

class Compressed : public testing::Test {
  protected:
    CompressedKernel verify(const Bytes& module, u64 limit = 1 * MiB) {
        return verify_compressed(*open_kernel(module, module.size()), limit, *gunzip);
    }
    Result<KernelImage> probe(const Bytes& module) {
        return probe_compressed(*open_kernel(module, module.size()), *gunzip);
    }

    std::unique_ptr<Gunzip> gunzip = std::make_unique<Gunzip>();
};

TEST_F(Compressed, TheHeaderIsKept) {
    const Bytes kernel = kernel_bytes(0x80000, 0x200000, 0xa, 100'000);
    const Bytes module = gzip_stored(kernel);
    const CompressedKernel found = verify(module);
    EXPECT_EQ(found.end, Unpacked::done);
    EXPECT_EQ(found.bytes, kernel.size());
    EXPECT_EQ(found.position, module.size());
    EXPECT_TRUE(std::ranges::equal(found.head(), std::span(kernel).first(64)));
    const auto image = probe(module);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->image_size, 0x200000u);
    EXPECT_EQ(image->text_offset, 0x80000u);
}

TEST_F(Compressed, AHeaderSaysTheSizeWithoutTheRest) {
    Bytes module = gzip_stored(kernel_bytes(0, 0x200000, 0xa, 100'000));
    module[module.size() - 1] ^= std::byte{1};
    EXPECT_EQ(verify(module).end, Unpacked::bad_size);
    EXPECT_TRUE(probe(module));
    module.resize(500);
    EXPECT_EQ(probe(module).error(), Error::invalid_argument);
}

TEST_F(Compressed, AnOldKernelIsAsLargeAsWhatIsInTheFile) {
    const Bytes module = gzip_stored(kernel_bytes(0, 0, 0, 100'000));
    const auto image = probe(module);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->image_size, 100'000u);
    EXPECT_EQ(image->text_offset, 0x80000u);
}

TEST_F(Compressed, NoMoreThanTheLimit) {
    const Bytes module = gzip_stored(kernel_bytes(0, 0x200000, 0xa, 100'000));
    EXPECT_EQ(verify(module, 100'000).end, Unpacked::done);
    const CompressedKernel found = verify(module, 99'999);
    EXPECT_EQ(found.end, Unpacked::stopped);
    EXPECT_GT(found.bytes, 99'999u);
    EXPECT_LT(verify(module, 0).bytes, 40'000u);
}

TEST_F(Compressed, AShortContentIsNoKernel) {
    const Bytes module = gzip_stored(Bytes(10, std::byte{7}));
    const CompressedKernel found = verify(module);
    EXPECT_EQ(found.end, Unpacked::done);
    EXPECT_EQ(found.head().size(), 10u);
    EXPECT_EQ(probe(module).error(), Error::invalid_argument);
}

TEST_F(Compressed, InAWrapperItNeedBeNoImage) {
    Bytes raw(100'000, std::byte{0xd5});
    const auto image =
        probe(test::uimage_bytes(gzip_stored(raw), {.load = 0x40000000, .compression = 1}));
    ASSERT_TRUE(image);
    EXPECT_EQ(image->image_size, raw.size()) << "all of it, whatever its bytes 16 to 23 are";
    EXPECT_EQ(image->load, GuestAddress(0x40000000));
}

TEST_F(Compressed, WhatIsWrongIsTold) {
    Bytes module = gzip_stored(kernel_bytes(0, 0x200000, 0xa, 1000));
    module.resize(700);
    EXPECT_EQ(verify(module).end, Unpacked::truncated);
    module.resize(5);
    EXPECT_EQ(verify(module).end, Unpacked::truncated);
    EXPECT_EQ(verify(module).bytes, 0u);
}

}  // namespace
}  // namespace isthmus::dom0less
