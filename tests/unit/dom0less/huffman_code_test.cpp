// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/gzip/huffman_code.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/deflate_writer.hpp"

namespace isthmus::dom0less {
namespace {

using Lengths = std::vector<u8>;

u32 decode(const HuffmanCode& code, u32 word, unsigned bits) {
    test::DeflateWriter writer;
    writer.word(word, bits);
    BitReader in(writer.bytes());
    in.refill();
    const u32 symbol = code.decode(in);
    EXPECT_TRUE(symbol == HuffmanCode::no_symbol || !in.overran());
    return symbol;
}

TEST(HuffmanCode, TheExampleOfTheSpecification) {
    // RFC 1951, 3.2.2: A to H with these lengths.
    HuffmanCode code;
    ASSERT_TRUE(code.build(Lengths{3, 3, 3, 3, 3, 2, 4, 4}, false));
    EXPECT_EQ(decode(code, 0b010, 3), 0u);
    EXPECT_EQ(decode(code, 0b011, 3), 1u);
    EXPECT_EQ(decode(code, 0b100, 3), 2u);
    EXPECT_EQ(decode(code, 0b101, 3), 3u);
    EXPECT_EQ(decode(code, 0b110, 3), 4u);
    EXPECT_EQ(decode(code, 0b00, 2), 5u);
    EXPECT_EQ(decode(code, 0b1110, 4), 6u);
    EXPECT_EQ(decode(code, 0b1111, 4), 7u);
}

TEST(HuffmanCode, LongWords) {
    // One word of each length, the last length twice: 0, 10, 110, ...
    Lengths lengths;
    for (u8 bits = 1; bits <= 15; ++bits) {
        lengths.push_back(bits);
    }
    lengths.push_back(15);
    HuffmanCode code;
    ASSERT_TRUE(code.build(lengths, false));
    for (unsigned bits = 1; bits <= 15; ++bits) {
        EXPECT_EQ(decode(code, ((1u << bits) - 1) & ~1u, bits), bits - 1);
    }
    EXPECT_EQ(decode(code, 0x7fff, 15), 15u);
}

TEST(HuffmanCode, BuiltAnewItForgetsTheOldWords) {
    HuffmanCode code;
    ASSERT_TRUE(code.build(Lengths{2, 2, 2, 2}, false));
    ASSERT_TRUE(code.build(Lengths{0, 0, 1}, true));
    EXPECT_EQ(decode(code, 0, 1), 2u);
    EXPECT_EQ(decode(code, 0b10, 2), HuffmanCode::no_symbol);
}

TEST(HuffmanCode, TooManyWordsAndTooFew) {
    HuffmanCode code;
    EXPECT_FALSE(code.build(Lengths{1, 1, 1}, true));
    EXPECT_FALSE(code.build(Lengths{1, 2, 3, 3, 15}, true));
    EXPECT_FALSE(code.build(Lengths{2, 2, 2}, true));
    EXPECT_FALSE(code.build(Lengths{2}, true));
    EXPECT_FALSE(code.build(Lengths{1}, false));
    EXPECT_FALSE(code.build(Lengths{0, 0}, false));
    EXPECT_TRUE(code.build(Lengths{1}, true));
    EXPECT_TRUE(code.build(Lengths{0, 0}, true));
    EXPECT_EQ(decode(code, 0, 1), HuffmanCode::no_symbol);
    EXPECT_FALSE(code.build(Lengths(288, 8), true));
    EXPECT_TRUE(code.build(Lengths(256, 8), false));
}

}  // namespace
}  // namespace isthmus::dom0less
