// SPDX-License-Identifier: Apache-2.0
// The C functions that the image brings, under other names, against those of the host.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define memchr own_memchr
#define strlen own_strlen
#define strnlen own_strnlen
#define strchr own_strchr
#define strrchr own_strrchr
#define strtoul own_strtoul
#include "arch/arm64/boot/c_library.cpp"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strchr
#undef strrchr
#undef strtoul

namespace isthmus::arch {
namespace {

constexpr std::size_t most = 200;  // some rounds of the longest loop
constexpr std::size_t room = most + 64;
using Bytes = std::array<unsigned char, room>;

alignas(64) constinit Bytes given{};
alignas(64) constinit Bytes expected{};
alignas(64) constinit Bytes numbered{};

void begin() {
    std::iota(numbered.begin(), numbered.end(), static_cast<unsigned char>(1));
    given = numbered;
    std::reverse(given.begin(), given.end());
    expected = given;
}

TEST(CLibrary, FillsWhatItIsToldAndNothingElse) {
    for (std::size_t at = 0; at < 16; ++at) {
        for (std::size_t size = 0; size <= most; ++size) {
            begin();
            ASSERT_EQ(own_memset(&given[at], 0x1a5, size), &given[at]);
            std::memset(&expected[at], 0xa5, size);
            ASSERT_EQ(given, expected) << at << ", " << size;
        }
    }
}

TEST(CLibrary, CopiesFromAnyPlaceToAnyPlace) {
    for (std::size_t at = 0; at < 9; ++at) {
        for (std::size_t from = 0; from < 9; ++from) {
            for (std::size_t size = 0; size <= most; ++size) {
                begin();
                ASSERT_EQ(own_memcpy(&given[at], &numbered[from], size), &given[at]);
                std::memcpy(&expected[at], &numbered[from], size);
                ASSERT_EQ(given, expected) << at << ", " << from << ", " << size;
            }
        }
    }
}

TEST(CLibrary, MovesWhatOverlaps) {
    for (std::size_t at = 0; at < 40; ++at) {
        for (std::size_t size = 0; size <= most; ++size) {
            begin();
            ASSERT_EQ(own_memmove(&given[at], &given[20], size), &given[at]);
            std::memmove(&expected[at], &expected[20], size);
            ASSERT_EQ(given, expected) << at << ", " << size;
        }
    }
}

TEST(CLibrary, ComparesAndLooks) {
    EXPECT_EQ(own_memcmp("abc", "abd", 2), 0);
    EXPECT_LT(own_memcmp("abc", "abd", 3), 0);
    EXPECT_GT(own_memcmp("ab\xff", "ab\x01", 3), 0);
    const char* text = "guest-a/guest-b";
    EXPECT_EQ(own_memchr(text, '-', 15), text + 5);
    EXPECT_EQ(own_memchr(text, '-', 5), nullptr);
    EXPECT_EQ(own_strlen(text), 15u);
    EXPECT_EQ(own_strnlen(text, 4), 4u);
    EXPECT_EQ(own_strnlen(text, 40), 15u);
    EXPECT_EQ(own_strchr(text, '/'), text + 7);
    EXPECT_EQ(own_strchr(text, '\0'), text + 15);
    EXPECT_EQ(own_strchr(text, 'z'), nullptr);
    EXPECT_EQ(own_strrchr(text, '-'), text + 13);
    char* end = nullptr;
    EXPECT_EQ(own_strtoul("4095,", &end, 10), 4095u);
    EXPECT_EQ(*end, ',');
}

}  // namespace
}  // namespace isthmus::arch
