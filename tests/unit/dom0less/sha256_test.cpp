// SPDX-License-Identifier: Apache-2.0
// The example vectors that come with FIPS 180-4, and messages around the block's end.
#include "dom0less/plan/sha256.hpp"

#include <gtest/gtest.h>

#include <string>

#include "dom0less/show/digest.hpp"

namespace isthmus::dom0less {
namespace {

constexpr Sha256::Digest hash(std::string_view text) {
    Sha256 state;
    for (const char c : text) {
        state.add(static_cast<u8>(c));
    }
    return state.finish();
}

std::string text_of(const Sha256::Digest& digest) {
    return std::string(digest_text(digest).view());
}

static_assert(hash("abc")[0] == 0xba && hash("abc")[31] == 0xad, "usable in constants");

TEST(Sha256, OneBlock) {
    EXPECT_EQ(text_of(hash("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(text_of(hash("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, TwoBlocks) {
    EXPECT_EQ(text_of(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, AMillionLetters) {
    EXPECT_EQ(text_of(hash(std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, LengthBesideTheEndOfABlock) {
    EXPECT_EQ(text_of(hash(std::string(55, 'a'))),
              "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    EXPECT_EQ(text_of(hash(std::string(56, 'a'))),
              "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    EXPECT_EQ(text_of(hash(std::string(64, 'a'))),
              "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

}  // namespace
}  // namespace isthmus::dom0less
