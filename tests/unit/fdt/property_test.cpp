// SPDX-License-Identifier: Apache-2.0
#include "fdt/property.hpp"

#include <gtest/gtest.h>

#include <string>

namespace isthmus::fdt {
namespace {

Property make(const std::string& bytes) {
    return {"test", std::as_bytes(std::span(bytes))};
}

TEST(Property, ReadsCellsBigEndian) {
    const std::string bytes("\x01\x02\x03\x04\0\0\0\x05", 8);
    const Property property = make(bytes);
    EXPECT_EQ(property.cell_count(), 2u);
    EXPECT_EQ(property.cell(0), 0x01020304u);
    EXPECT_EQ(property.cells(0, 2), 0x0102030400000005u);
    EXPECT_EQ(property.cells(1, 1), 5u);
    EXPECT_EQ(property.cells(0, 0), 0u);
}

TEST(Property, NumberIsOneOrTwoCells) {
    const std::string four("\0\0\0\x07", 4);
    const std::string eight("\0\0\0\x01\0\0\0\x02", 8);
    const std::string odd("\0\0\x07", 3);
    EXPECT_EQ(make(four).number(), 7u);
    EXPECT_EQ(make(eight).number(), 0x100000002u);
    EXPECT_EQ(make(odd).number(), std::nullopt);
    EXPECT_EQ(make(eight).single_cell(), std::nullopt);
    EXPECT_FALSE(make(odd).is_cells());
}

TEST(Property, TextsEndInNul) {
    const std::string list("arm,gic-v3\0other\0", 17);
    EXPECT_EQ(make(list).text(), "arm,gic-v3");
    EXPECT_EQ(make(list).text(1), "other");
    EXPECT_EQ(make(list).text(2), std::nullopt);
    EXPECT_TRUE(make(list).lists("other"));
    EXPECT_FALSE(make(list).lists("oth"));
}

TEST(Property, TextWithoutNulIsNone) {
    const std::string open = "abc";
    EXPECT_EQ(make(open).text(), std::nullopt);
    EXPECT_FALSE(make(open).lists("abc"));
    EXPECT_EQ(make({}).text(), std::nullopt);
}

}  // namespace
}  // namespace isthmus::fdt
