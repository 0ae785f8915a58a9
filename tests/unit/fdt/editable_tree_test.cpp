// SPDX-License-Identifier: Apache-2.0
// The fuzzers' own tree, which any bytes reach.
#include "tests/fuzz/support/editable_tree.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fuzz {
namespace {

std::vector<std::uint8_t> compiled(const char* source) {
    std::vector<std::uint8_t> bytes;
    for (const std::byte byte : test::compile_dts(source)) {
        bytes.push_back(static_cast<std::uint8_t>(byte));
    }
    return bytes;
}

TEST(EditableTree, RefusesVersionsThatLibfdtCannotCheck) {
    auto bytes = compiled("/dts-v1/; / { a { }; };");
    EXPECT_TRUE(EditableTree::open(bytes));
    for (std::uint8_t version = 0; version < 17; ++version) {
        bytes[23] = version;
        bytes[27] = version < 2 ? version : std::uint8_t{2};  // and what it is compatible with
        EXPECT_FALSE(EditableTree::open(bytes)) << unsigned{version};
    }
}

}  // namespace
}  // namespace isthmus::fuzz
