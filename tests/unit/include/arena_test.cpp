// SPDX-License-Identifier: Apache-2.0
#include "isthmus/arena.hpp"

#include <gtest/gtest.h>

#include <array>

namespace isthmus {
namespace {

class ArenaTest : public ::testing::Test {
  protected:
    alignas(16) std::array<std::byte, 64> memory_{};
    Arena arena_{std::span<std::byte>(memory_)};
};

TEST_F(ArenaTest, AlignsAndInitialises) {
    memory_.fill(std::byte{0xff});
    ASSERT_EQ(arena_.allocate<u8>(1).size(), 1u);
    const std::span<u64> words = arena_.allocate<u64>(2);
    ASSERT_EQ(words.size(), 2u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(words.data()) % alignof(u64), 0u);
    EXPECT_EQ(words[0] | words[1], 0u);
    EXPECT_EQ(arena_.used(), 24u);
}

TEST_F(ArenaTest, RemembersThatItWasUsedUp) {
    EXPECT_EQ(arena_.allocate<u64>(8).size(), 8u);
    EXPECT_FALSE(arena_.exhausted());
    EXPECT_TRUE(arena_.allocate<u8>(1).empty());
    EXPECT_TRUE(arena_.exhausted());
}

TEST_F(ArenaTest, OnlyTheLastPieceIsExtended) {
    const std::span<u64> first = arena_.allocate<u64>(1);
    EXPECT_EQ(arena_.extend(first, 2).data(), first.data());
    arena_.allocate<u64>(1);
    EXPECT_TRUE(arena_.extend(first, 3).empty());
    EXPECT_FALSE(arena_.exhausted());
}

TEST_F(ArenaTest, AVectorDropsWhatDoesNotFit) {
    ArenaVector<u64> list(arena_);
    u64 kept = 0;
    while (list.push_back(kept)) {
        ++kept;
    }
    EXPECT_TRUE(arena_.exhausted());
    ASSERT_EQ(list.size(), kept);
    for (usize i = 0; i < list.size(); ++i) {
        EXPECT_EQ(list[i], i);
    }
}

TEST_F(ArenaTest, CopiesText) {
    const std::string_view copy = arena_.copy("name");
    EXPECT_EQ(copy, "name");
    EXPECT_EQ(static_cast<const void*>(copy.data()), memory_.data());
}

}  // namespace
}  // namespace isthmus
