// SPDX-License-Identifier: Apache-2.0
#include "fdt/blob.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

TEST(Blob, ShowsItsStructureWhenItsHeaderIsGood) {
    const test::Blob blob = test::compile_dts("/dts-v1/; / { a { }; };");
    EXPECT_EQ(check_blob_header(blob), 0);
    EXPECT_TRUE(has_blob_format(blob));
    StructureReader reader = structure_of(blob);
    EXPECT_EQ(reader.next().kind, Token::Kind::begin_node);
    EXPECT_EQ(reader.next().name, "a");
    EXPECT_NE(check_blob_header(std::span(blob).first(blob.size() - 1)), 0);
    EXPECT_NE(check_blob_header(std::span(blob).first(8)), 0);
    EXPECT_EQ(StructureReader().next().kind, Token::Kind::broken);
    test::Blob old = blob;
    old[23] = std::byte{16};  // version
    EXPECT_FALSE(has_blob_format(old));
}

}  // namespace
}  // namespace isthmus::fdt
