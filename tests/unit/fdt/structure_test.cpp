// SPDX-License-Identifier: Apache-2.0
#include "fdt/structure.hpp"

#include <gtest/gtest.h>

#include <string>

namespace isthmus::fdt {
namespace {

using Kind = Token::Kind;

/// Tokens of a block, up to and with the first that ends it.
std::vector<Token> tokens(const std::string& structure, const std::string& strings) {
    StructureReader reader(std::as_bytes(std::span(structure)), std::as_bytes(std::span(strings)));
    std::vector<Token> list;
    do {
        list.push_back(reader.next());
    } while (list.back().kind != Kind::end && list.back().kind != Kind::broken);
    EXPECT_EQ(reader.next().kind, list.back().kind);
    return list;
}

std::string cell(u32 value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes += static_cast<char>(value >> shift);
    }
    return bytes;
}

const std::string strings("reg\0name\0", 9);
const std::string node = cell(1) + std::string("ab@1\0\0\0\0", 8);
const std::string property = cell(3) + cell(5) + cell(4) + std::string("12345\0\0\0", 8);

TEST(Structure, TokensInOrder) {
    const std::string block = node + cell(4) + property + cell(2) + cell(9);
    const auto list = tokens(block, strings);
    ASSERT_EQ(list.size(), 4u);
    EXPECT_EQ(list[0].kind, Kind::begin_node);
    EXPECT_EQ(list[0].name, "ab@1");
    EXPECT_EQ(list[1].kind, Kind::property);
    EXPECT_EQ(list[1].name, "name");
    EXPECT_EQ(list[1].value.size(), 5u);
    EXPECT_EQ(list[2].kind, Kind::end_node);
    EXPECT_EQ(list[3].kind, Kind::end);
}

TEST(Structure, EveryCutIsBroken) {
    const std::string block = node + property + cell(2) + cell(9);
    for (usize length = 0; length < block.size(); ++length) {
        EXPECT_EQ(tokens(block.substr(0, length), strings).back().kind, Kind::broken) << length;
    }
}

TEST(Structure, WhatDoesNotFitIsBroken) {
    const auto last = [](const std::string& block, const std::string& names) {
        return tokens(block + cell(2) + cell(9), names).back().kind;
    };
    EXPECT_EQ(last(property, strings), Kind::end);
    EXPECT_EQ(last(property, strings.substr(0, 8)), Kind::broken);
    EXPECT_EQ(last(property, strings.substr(0, 4)), Kind::broken);
    EXPECT_EQ(last(property, ""), Kind::broken);
    EXPECT_EQ(last(cell(3) + cell(100) + cell(0), strings), Kind::broken);
    EXPECT_EQ(last(cell(3) + cell(~0u) + cell(0), strings), Kind::broken);
    EXPECT_EQ(last(cell(3) + cell(0) + cell(~0u), strings), Kind::broken);
    EXPECT_EQ(last(cell(7), strings), Kind::broken);
}

TEST(Structure, TheOffsetIsThatOfTheToken) {
    const std::string block = cell(4) + node + cell(9);
    StructureReader reader(std::as_bytes(std::span(block)), {});
    reader.next();
    EXPECT_EQ(reader.offset(), 4u);
    reader.next();
    EXPECT_EQ(reader.offset(), 16u);
}

}  // namespace
}  // namespace isthmus::fdt
