// SPDX-License-Identifier: Apache-2.0
#include "tools/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace isthmus::tools {
namespace {

TEST(Nearest, CountsLetters) {
    EXPECT_EQ(letters_apart("", "abc"), 3U);
    EXPECT_EQ(letters_apart("memory", "memory"), 0U);
    EXPECT_EQ(letters_apart("memry", "memory"), 1U);
    EXPECT_EQ(letters_apart("memory", "memories"), 3U);
    EXPECT_EQ(letters_apart("memroy", "memory"), 1U) << "neighbours changed places";
    EXPECT_EQ(letters_apart("ca", "abc"), 3U) << "an exchange, and a letter between the two";
}

TEST(Nearest, ChoosesTheNearestOfThoseThatAreNear) {
    const std::vector<std::string> names = {"check", "plan", "--json", "static-memory", "a"};
    EXPECT_EQ(nearest_name("chekc", names), "check");
    EXPECT_EQ(nearest_name("Static_Memory", names), "static-memory");
    EXPECT_EQ(nearest_name("--jso", names), "--json");
    EXPECT_EQ(nearest_name("fly", names), "");
    EXPECT_EQ(nearest_name("x", names), "") << "all of its letters would be other ones";
    EXPECT_EQ(nearest_name("", names), "");
    EXPECT_EQ(did_you_mean("plna", names), ": did you mean \"plan\"?");
    EXPECT_EQ(did_you_mean("fly", names), "");
}

}  // namespace
}  // namespace isthmus::tools
