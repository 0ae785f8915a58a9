// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/gzip/bit_reader.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/deflate_writer.hpp"

namespace isthmus::dom0less {
namespace {

using test::Bytes;
using test::bytes_of;

TEST(BitReader, LowestBitsFirst) {
    const Bytes bytes = bytes_of("\xb1\x5a");
    BitReader in(bytes);
    in.refill();
    EXPECT_EQ(in.take(1), 1u);
    EXPECT_EQ(in.take(3), 0u);
    EXPECT_EQ(in.peek(8), 0xabu);
    EXPECT_EQ(in.take(12), 0x5abu);
    EXPECT_EQ(in.take(0), 0u);
    EXPECT_EQ(in.position(), 2u);
    EXPECT_FALSE(in.overran());
}

TEST(BitReader, EveryPositionOfALongInput) {
    Bytes bytes;
    for (unsigned i = 0; i < 100; ++i) {
        bytes.push_back(static_cast<std::byte>(i * 37));
    }
    for (const unsigned width : {1u, 7u, 13u, 32u}) {
        BitReader in(bytes);
        for (unsigned at = 0; at + width <= 800; at += width) {
            u64 expected = 0;
            for (unsigned i = 0; i < width; ++i) {
                const u64 byte = std::to_integer<u64>(bytes[(at + i) / 8]);
                expected |= (byte >> (at + i) % 8 & 1) << i;
            }
            in.refill();
            ASSERT_EQ(in.take(width), expected) << at;
            ASSERT_EQ(in.position(), (at + width + 7) / 8);
            ASSERT_FALSE(in.overran());
        }
    }
}

TEST(BitReader, ZerosBehindTheEndAndItSaysSo) {
    const Bytes bytes = bytes_of("\xff");
    BitReader in(bytes);
    in.refill();
    EXPECT_EQ(in.take(8), 0xffu);
    EXPECT_FALSE(in.overran());
    EXPECT_EQ(in.take(1), 0u);
    EXPECT_TRUE(in.overran());
    BitReader nothing;
    nothing.refill();
    EXPECT_FALSE(nothing.overran());
    EXPECT_EQ(nothing.take(1), 0u);
    EXPECT_TRUE(nothing.overran());
}

TEST(BitReader, WholeBytes) {
    const Bytes bytes = bytes_of("abcdefghijkl");
    BitReader in(bytes);
    in.refill();
    in.drop(3);
    in.align();
    EXPECT_EQ(in.position(), 1u);
    EXPECT_EQ(in.take_bytes(9).data(), bytes.data() + 1);
    in.refill();
    EXPECT_EQ(in.take(8), u32{'k'});
    in.align();
    const auto last = in.take_bytes(7);
    ASSERT_EQ(last.size(), 1u);
    EXPECT_EQ(last[0], std::byte{'l'});
    EXPECT_FALSE(in.overran());
    EXPECT_TRUE(in.take_bytes(1).empty());
}

}  // namespace
}  // namespace isthmus::dom0less
