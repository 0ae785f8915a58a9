// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/uimage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/unit/support/uimage_bytes.hpp"

namespace isthmus::dom0less {
namespace {

using Bytes = std::vector<std::byte>;
using test::uimage_bytes;

const Bytes data = Bytes(1000, std::byte{0x5a});

/// What is wrong with it.
std::optional<UImageFault> fault(const Bytes& bytes) {
    const auto image = open_uimage(bytes);
    return image ? std::nullopt : std::optional(image.error());
}

TEST(UImage, ItsHeaderIsRead) {
    const Bytes bytes = uimage_bytes(data, {.load = 0x40080000, .entry = 0x40080010});
    ASSERT_TRUE(is_uimage(bytes));
    const auto image = open_uimage(bytes);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->load, 0x40080000u);
    EXPECT_EQ(image->entry, 0x40080010u);
    EXPECT_FALSE(image->is_gzip);
    EXPECT_EQ(image->data.size(), data.size());
    EXPECT_EQ(image->data.data(), bytes.data() + 64);
    EXPECT_TRUE(open_uimage(uimage_bytes(data, {.compression = 1}))->is_gzip);
}

/// As `mkimage -A arm64 -O linux -T kernel -C none -a 0x40000000 -e 0x40000004 -n guest` wrote it,
/// around the eight letters "Isthmus\n".
TEST(UImage, OneOfMkimage) {
    constexpr std::array<u8, 72> file = {
        0x27, 0x05, 0x19, 0x56, 0xff, 0xaa, 0xc8, 0xd8, 0x65, 0x53, 0xf1, 0x00, 0x00, 0x00, 0x00,
        0x08, 0x40, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x04, 0xc8, 0x30, 0xf9, 0x0c, 0x05, 0x16,
        0x02, 0x00, 0x67, 0x75, 0x65, 0x73, 0x74, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x49, 0x73, 0x74, 0x68, 0x6d, 0x75, 0x73, 0x0a};
    const auto bytes = std::as_bytes(std::span(file));
    const auto image = open_uimage(bytes);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->load, 0x40000000u);
    EXPECT_EQ(image->entry, 0x40000004u);
    Crc32 crc;
    EXPECT_TRUE(verify_data(*image, crc));
}

TEST(UImage, WhatFollowsItInTheModuleIsNoneOfIt) {
    Bytes bytes = uimage_bytes(data);
    bytes.resize(bytes.size() + 5000, std::byte{0xa5});
    const auto image = open_uimage(bytes);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->data.size(), data.size());
    Crc32 crc;
    EXPECT_TRUE(verify_data(*image, crc));
}

TEST(UImage, AnythingElseIsNone) {
    EXPECT_FALSE(is_uimage({}));
    EXPECT_FALSE(is_uimage(Bytes(64)));
    const Bytes bytes = uimage_bytes(data);
    EXPECT_FALSE(is_uimage(std::span(bytes).first(3)));
}

TEST(UImage, AHeaderThatIsCutOrChanged) {
    const Bytes bytes = uimage_bytes(data);
    EXPECT_EQ(open_uimage(std::span(bytes).first(63)).error(), UImageFault::short_header);
    for (usize at = 4; at < 64; ++at) {
        Bytes changed = bytes;
        changed[at] ^= std::byte{0x10};
        EXPECT_EQ(fault(changed), UImageFault::header_checksum) << at;
    }
}

TEST(UImage, WhatItMustSay) {
    EXPECT_EQ(fault(uimage_bytes(data, {.architecture = 2})), UImageFault::arm32);
    EXPECT_EQ(fault(uimage_bytes(data, {.architecture = 3})), UImageFault::architecture);
    EXPECT_EQ(fault(uimage_bytes(data, {.compression = 2})), UImageFault::compression);
    EXPECT_EQ(fault(uimage_bytes(data, {.compression = 6})), UImageFault::compression);
    EXPECT_EQ(fault(uimage_bytes(data, {.entry = 0x40000000})), UImageFault::entry_alone);
    EXPECT_EQ(fault(uimage_bytes(data, {.load = 0x40000000})), std::nullopt);
    EXPECT_EQ(fault(uimage_bytes({})), UImageFault::empty);
    EXPECT_EQ(fault(uimage_bytes({std::byte{1}})), std::nullopt);
}

TEST(UImage, MoreDataThanThereAre) {
    Bytes bytes = uimage_bytes(data);
    bytes.pop_back();
    EXPECT_EQ(fault(bytes), UImageFault::data_size);
    test::put_big_endian(bytes, 12, ~u32{0});
    test::seal_uimage(bytes);
    EXPECT_EQ(fault(bytes), UImageFault::data_size);
}

TEST(UImage, DataThatWereChanged) {
    Bytes bytes = uimage_bytes(data);
    bytes.back() ^= std::byte{1};
    const auto image = open_uimage(bytes);
    ASSERT_TRUE(image);
    Crc32 crc;
    EXPECT_FALSE(verify_data(*image, crc));
}

TEST(UImage, EachFaultHasWordsOfItsOwn) {
    std::vector<std::string_view> words;
    for (u8 number = 0; number <= static_cast<u8>(UImageFault::data_checksum); ++number) {
        words.push_back(to_text(static_cast<UImageFault>(number)));
        EXPECT_FALSE(words.back().empty());
        EXPECT_EQ(std::ranges::count(words, words.back()), 1);
    }
}

}  // namespace
}  // namespace isthmus::dom0less
