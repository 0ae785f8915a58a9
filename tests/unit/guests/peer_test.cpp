// SPDX-License-Identifier: Apache-2.0
#include "isthmus_guest/isthmus_peer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string_view>

namespace isthmus::guest {
namespace {

/// A page as Isthmus writes it, to be spoilt.
class Page {
  public:
    Page() {
        put(0x0, ISTHMUS_PEER_MAGIC);
        put(0x4, 1);
        put(0x8, 0x40);
        put(0xc, 16);
        put(0x10, 3);
        words_[3] = 62'500'000;
    }
    void put(std::size_t offset, std::uint32_t value) {
        std::memcpy(reinterpret_cast<char*>(words_.data()) + offset, &value, sizeof(value));
    }
    void slot(std::size_t party, std::uint32_t state, std::uint32_t starts, std::uint64_t changed,
              std::size_t bytes = 16) {
        words_[(0x40 + party * bytes) / 8] = std::uint64_t{starts} << 32 | state;
        words_[(0x40 + party * bytes) / 8 + 1] = changed;
    }
    int open(isthmus_peers& peers, std::size_t bytes = 4096) const {
        return isthmus_peers_open(&peers, words_.data(), bytes);
    }
    const void* data() const { return words_.data(); }

  private:
    std::array<std::uint64_t, 512> words_{};
};

TEST(Peers, SayWhoIsThereAndWhetherItIsTheSame) {
    Page page;
    page.slot(1, ISTHMUS_PEER_RUNNING, 2, 77);
    page.slot(2, ISTHMUS_PEER_CRASHED, 5, 99);
    isthmus_peers peers{};
    ASSERT_EQ(page.open(peers), ISTHMUS_OK);
    EXPECT_EQ(peers.frequency, 62'500'000u);
    isthmus_peer found{};
    ASSERT_EQ(isthmus_peer_look(&peers, 1, &found), ISTHMUS_OK);
    EXPECT_EQ(found.state, static_cast<std::uint32_t>(ISTHMUS_PEER_RUNNING));
    EXPECT_EQ(found.starts, 2u);
    EXPECT_EQ(found.changed, 77u);
    EXPECT_FALSE(isthmus_peer_is_there(&peers, 0)) << "has not started";
    EXPECT_TRUE(isthmus_peer_is_there(&peers, 1));
    EXPECT_FALSE(isthmus_peer_is_there(&peers, 2)) << "has crashed";
    EXPECT_TRUE(isthmus_peer_is_same(&peers, 1, 2));
    EXPECT_FALSE(isthmus_peer_is_same(&peers, 1, 1)) << "is another";
    EXPECT_FALSE(isthmus_peer_is_same(&peers, 2, 5)) << "is gone";
    EXPECT_EQ(isthmus_peer_look(&peers, 3, &found), ISTHMUS_NOT_FOUND);
    EXPECT_FALSE(isthmus_peer_is_there(&peers, 0xffff'ffff));
}

TEST(Peers, SlotsMayBeLongerInALaterVersion) {
    Page page;
    page.put(0xc, 64);
    page.slot(2, ISTHMUS_PEER_STOPPED, 9, 1, 64);
    isthmus_peers peers{};
    ASSERT_EQ(page.open(peers), ISTHMUS_OK);
    isthmus_peer found{};
    ASSERT_EQ(isthmus_peer_look(&peers, 2, &found), ISTHMUS_OK);
    EXPECT_EQ(found.starts, 9u);
}

TEST(Peers, WhatIsNoStatusPageIsRefused) {
    isthmus_peers peers{};
    EXPECT_EQ(isthmus_peers_open(&peers, nullptr, 4096), ISTHMUS_INVALID);
    const Page page;
    EXPECT_EQ(page.open(peers, 0x3f), ISTHMUS_INVALID);
    EXPECT_EQ(page.open(peers, 0x40 + 3 * 16 - 1), ISTHMUS_INVALID) << "the last slot is cut off";
    EXPECT_EQ(page.open(peers, 0x40 + 3 * 16), ISTHMUS_OK);
    EXPECT_EQ(isthmus_peers_open(&peers, static_cast<const char*>(page.data()) + 4, 4000),
              ISTHMUS_INVALID);
    struct Wrong {
        std::size_t offset;
        std::uint32_t value;
        int status;
    };
    for (const Wrong& wrong :
         {Wrong{0x0, 0x50656572, ISTHMUS_INVALID}, Wrong{0x4, 2, ISTHMUS_VERSION},
          Wrong{0x8, 0x38, ISTHMUS_INVALID}, Wrong{0x8, 0x44, ISTHMUS_INVALID},
          Wrong{0x8, 0xffff'fff8, ISTHMUS_INVALID}, Wrong{0xc, 8, ISTHMUS_INVALID},
          Wrong{0xc, 0, ISTHMUS_INVALID}, Wrong{0xc, 20, ISTHMUS_INVALID},
          Wrong{0x10, 253, ISTHMUS_INVALID}, Wrong{0x10, 0xffff'ffff, ISTHMUS_INVALID}}) {
        Page spoilt;
        spoilt.put(wrong.offset, wrong.value);
        EXPECT_EQ(spoilt.open(peers), wrong.status) << wrong.offset << " " << wrong.value;
    }
}

TEST(Peers, StatesHaveNames) {
    using namespace std::string_view_literals;
    EXPECT_EQ(isthmus_peer_text(ISTHMUS_PEER_NOT_STARTED), "not started"sv);
    EXPECT_EQ(isthmus_peer_text(ISTHMUS_PEER_CRASHED), "crashed"sv);
    EXPECT_EQ(isthmus_peer_text(5), "unknown"sv);
}

}  // namespace
}  // namespace isthmus::guest
