// SPDX-License-Identifier: Apache-2.0
#include "fdt/words.hpp"

#include <gtest/gtest.h>

namespace isthmus::fdt {
namespace {

TEST(Words, BeforeAndAfterASeparator) {
    EXPECT_EQ(before("uart:115200n8", ':'), "uart");
    EXPECT_EQ(after("uart:115200n8", ':'), "115200n8");
    EXPECT_EQ(before("uart", ':'), "uart");
    EXPECT_EQ(after("uart", ':'), "");
}

TEST(Words, PartsSkipEmptyOnes) {
    std::string_view rest = "//soc/uart@0/";
    EXPECT_EQ(next_part(rest, '/'), "soc");
    EXPECT_EQ(next_part(rest, '/'), "uart@0");
    EXPECT_EQ(next_part(rest, '/'), std::nullopt);
}

TEST(Words, NumbersAreWhole) {
    EXPECT_EQ(parse_number("42"), 42u);
    EXPECT_EQ(parse_number("0x40200000"), 0x40200000u);
    EXPECT_EQ(parse_number("0xffffffffffffffff"), ~u64{0});
    EXPECT_EQ(parse_number("0x10000000000000000"), std::nullopt);
    EXPECT_EQ(parse_number("4x"), std::nullopt);
    EXPECT_EQ(parse_number("0x"), std::nullopt);
    EXPECT_EQ(parse_number(""), std::nullopt);
    EXPECT_EQ(parse_number("-1"), std::nullopt);
}

TEST(Words, ControlCharactersAreNotShown) {
    EXPECT_EQ(printable("plain"), "plain");
    EXPECT_EQ(printable("esc\x1b[2J"), "(unprintable text)");
    EXPECT_FALSE(is_printable("\x7f"));
}

}  // namespace
}  // namespace isthmus::fdt
