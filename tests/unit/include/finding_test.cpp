// SPDX-License-Identifier: Apache-2.0
// What findings do when memory, or the limit of their number, is used up.
#include "isthmus/finding.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace isthmus {
namespace {

constexpr Rule other{"x-other", Severity::error};
constexpr Rule limit{"x-limit", Severity::error};

class FindingsTest : public testing::Test {
  protected:
    void use_up() { static_cast<void>(arena_.allocate<char>(arena_.capacity() - arena_.used())); }
    /// Their messages, in order.
    std::string messages() const {
        std::string all;
        for (const Finding& finding : findings_.items()) {
            all += finding.message;
        }
        return all;
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 20);
    Arena arena_{memory_};
    Findings findings_{arena_};
};

TEST_F(FindingsTest, TheFirstOnesNeedNoMemory) {
    use_up();
    for (usize i = 0; i < limits::findings_kept + 3; ++i) {
        findings_.add(other, "/", {}, "o");
    }
    EXPECT_EQ(findings_.items().size(), limits::findings_kept);
    EXPECT_EQ(findings_.errors(), limits::findings_kept + 3);
    EXPECT_EQ(findings_.dropped(), 3u);
}

TEST_F(FindingsTest, OneAboutALimitTakesTheLastOthersPlace) {
    use_up();
    for (usize i = 0; i + 1 < limits::findings_kept; ++i) {
        findings_.add(other, "/", {}, "o");
    }
    for (const std::string_view message : {"a", "b", "c"}) {
        findings_.add(limit, "/", {}, message);
    }
    EXPECT_EQ(messages(), "oooooabc");
    EXPECT_EQ(findings_.dropped(), 2u);
    EXPECT_EQ(findings_.errors(), limits::findings_kept + 2);
}

TEST_F(FindingsTest, TheNewestAboutALimitIsAlwaysThere) {
    for (usize i = 0; i < limits::findings + 2; ++i) {
        findings_.add(limit, "/", {}, i == limits::findings + 1 ? "last" : "l");
    }
    ASSERT_EQ(findings_.items().size(), limits::findings);
    EXPECT_EQ(findings_.items().back().message, "last");
    EXPECT_EQ(findings_.dropped(), 2u);
}

TEST_F(FindingsTest, ALimitIsNamedBehindAnyNumberOfOthers) {
    for (usize i = 0; i < limits::findings + 2; ++i) {
        findings_.add(other, "/", {}, "o");
    }
    findings_.add(limit, "/", {}, "limit");
    EXPECT_EQ(findings_.items().back().message, "limit");
    EXPECT_EQ(findings_.dropped(), 3u);
}

TEST(ArenaVector, GrowsInPlaceWhileNothingComesAfterIt) {
    std::vector<std::byte> memory(8192);
    Arena arena(memory);
    ArenaVector<u64> list(arena);
    for (u64 i = 0; i < 300; ++i) {
        EXPECT_TRUE(list.push_back(i));
    }
    EXPECT_EQ(arena.used(), 512 * sizeof(u64));
    static_cast<void>(arena.allocate<u64>(1));
    for (u64 i = 300; i < 512; ++i) {
        EXPECT_TRUE(list.push_back(i));
    }
    EXPECT_FALSE(arena.exhausted());
    EXPECT_FALSE(list.push_back(512));  // copied there would be no room
    EXPECT_TRUE(arena.exhausted());
    ASSERT_EQ(list.size(), 512u);
    for (u64 i = 0; i < 512; ++i) {
        EXPECT_EQ(list[i], i);
    }
}

}  // namespace
}  // namespace isthmus
