// SPDX-License-Identifier: Apache-2.0
#include "runtime/checksum.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <utility>

namespace isthmus::guest {
namespace {

struct Text {
    alignas(8) std::array<std::byte, 32> bytes{};
    explicit Text(usize length = 27) : size(length) {
        for (usize i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<std::byte>(i * 37 + 11);
        }
    }
    u32 sum() const { return checksum(std::span(bytes).first(size)); }
    usize size;
};

TEST(Checksum, EveryFlippedBitIsNoticed) {
    const u32 good = Text().sum();
    for (usize bit = 0; bit < 27 * 8; ++bit) {
        Text text;
        text.bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        EXPECT_NE(text.sum(), good) << bit;
    }
}

TEST(Checksum, SwappedBytesAndLostBytesAreNoticed) {
    const u32 good = Text().sum();
    for (usize i = 0; i + 8 < 27; ++i) {
        Text text;
        std::swap(text.bytes[i], text.bytes[i + 8]);
        EXPECT_NE(text.sum(), good) << i;
    }
    EXPECT_NE(Text(26).sum(), good);
    EXPECT_NE(Text(24).sum(), good);
}

TEST(Checksum, IsTheSameWhereverTheBytesLie) {
    const Text text;
    alignas(8) std::array<std::byte, 48> moved{};
    for (usize shift = 0; shift < 8; ++shift) {
        std::memcpy(moved.data() + shift, text.bytes.data(), text.size);
        EXPECT_EQ(checksum(std::span(moved).subspan(shift, text.size)), text.sum()) << shift;
    }
}

}  // namespace
}  // namespace isthmus::guest
