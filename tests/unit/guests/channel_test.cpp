// SPDX-License-Identifier: Apache-2.0
#include "isthmus_guest/isthmus_channel.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "isthmus_guest/isthmus_shm.hpp"

namespace isthmus::guest {
namespace {

std::vector<std::byte> bytes(std::string_view text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

constexpr std::size_t area_bytes = 0x100 + 256;  // a ring of 256 bytes
constexpr std::size_t ring = 256;

class ChannelPair : public testing::Test {
  protected:
    ChannelPair() {
        EXPECT_EQ(a.open(area(0), area(1)), Status::ok);
        EXPECT_EQ(b.open(area(1), area(0)), Status::ok);
    }
    std::span<std::byte> area(std::size_t index) {
        return std::span(memory).subspan(index * area_bytes, area_bytes);
    }
    /// Both have seen each other.
    void meet() {
        EXPECT_EQ(a.receive(buffer).status, Status::not_ready);
        EXPECT_EQ(b.receive(buffer).status, Status::empty);
        EXPECT_EQ(a.receive(buffer).status, Status::empty);
    }
    /// Sends from A to B; empty on any error.
    std::string pass(std::string_view text) {
        if (a.send(bytes(text)) != Status::ok) {
            return {};
        }
        const Received got = b.receive(buffer);
        return {reinterpret_cast<const char*>(got.message.data()), got.message.size()};
    }
    isthmus_area& head(std::size_t index) {
        return *reinterpret_cast<isthmus_area*>(area(index).data());
    }

    alignas(64) std::array<std::byte, 2 * area_bytes> memory{};
    Channel a;
    Channel b;
    std::byte buffer[512];
};

TEST_F(ChannelPair, NobodyMustBeFirst) {
    meet();
    EXPECT_EQ(pass("hello"), "hello");
    EXPECT_EQ(a.capacity(), ring - 8u);
}

TEST_F(ChannelPair, WithoutAPeerNothingIsReady) {
    std::array<std::byte, area_bytes> empty{};
    alignas(64) std::array<std::byte, area_bytes> own{};
    Channel alone;
    ASSERT_EQ(alone.open(own, empty), Status::ok);
    EXPECT_EQ(alone.send(bytes("x")), Status::not_ready);
    EXPECT_EQ(alone.receive(buffer).status, Status::not_ready);
}

TEST_F(ChannelPair, MessagesOfAllLengthsComeThroughManyTimesAroundTheRing) {
    meet();
    for (int round = 0; round < 20; ++round) {
        for (std::size_t length = 1; length <= a.capacity(); ++length) {
            std::string text;
            for (std::size_t i = 0; i < length; ++i) {
                text += static_cast<char>('a' + (i * 7 + length) % 26);
            }
            ASSERT_EQ(pass(text), text);
        }
    }
}

TEST_F(ChannelPair, AMessageOfNothingIsAMessage) {
    meet();
    ASSERT_EQ(a.send({}), Status::ok);
    const Received got = b.receive(buffer);
    EXPECT_EQ(got.status, Status::ok);
    EXPECT_TRUE(got.message.empty());
    EXPECT_EQ(b.receive(buffer).status, Status::empty);
}

TEST_F(ChannelPair, UnalignedBuffersWork) {
    meet();
    for (std::size_t shift = 0; shift < 8; ++shift) {
        const std::string text = std::string(shift, '.') + "0123456789abcdef0123";
        ASSERT_EQ(a.send(bytes(text)), Status::ok);
        const Received got = b.receive(std::span(buffer).subspan(shift, 64));
        ASSERT_EQ(got.status, Status::ok);
        EXPECT_EQ(std::memcmp(got.message.data(), text.data(), text.size()), 0);
    }
}

TEST_F(ChannelPair, AFullRingTakesNoMore) {
    meet();
    const auto message = bytes(std::string(56, 'x'));
    for (int i = 0; i < 4; ++i) {
        ASSERT_EQ(a.send(message), Status::ok);
    }
    EXPECT_EQ(a.send(message), Status::full);
    ASSERT_TRUE(b.receive(buffer));
    EXPECT_EQ(a.send(message), Status::ok);
}

TEST_F(ChannelPair, WhatNeverFitsIsRefused) {
    meet();
    EXPECT_EQ(a.send(bytes(std::string(249, 'x'))), Status::too_long);
    EXPECT_EQ(a.send({buffer, ~std::size_t{0}}), Status::too_long);
}

TEST_F(ChannelPair, AMessageLongerThanTheBufferStays) {
    meet();
    ASSERT_EQ(a.send(bytes("0123456789")), Status::ok);
    const Received got = b.receive(std::span(buffer).first(4));
    EXPECT_EQ(got.status, Status::too_long);
    EXPECT_EQ(got.length, 10u);
    EXPECT_TRUE(b.receive(buffer));
}

TEST_F(ChannelPair, WhoeverBeginsAgainFindsAnEmptyChannel) {
    meet();
    ASSERT_EQ(a.send(bytes("lost")), Status::ok);
    Channel again;
    ASSERT_EQ(again.open(area(0), area(1)), Status::ok);
    EXPECT_EQ(again.send(bytes("x")), Status::not_ready);
    EXPECT_EQ(b.receive(buffer).status, Status::empty);  // B has seen it
    ASSERT_EQ(again.send(bytes("new")), Status::ok);
    const Received got = b.receive(buffer);
    EXPECT_EQ(got.length, 3u);
}

TEST_F(ChannelPair, WhatWasSentBeforeLeavingIsReceived) {
    meet();
    ASSERT_EQ(a.send(bytes("last words")), Status::ok);
    a.close();
    EXPECT_EQ(b.send(bytes("x")), Status::not_ready);
    EXPECT_EQ(b.receive(buffer).length, 10u);
    EXPECT_EQ(b.receive(buffer).status, Status::not_ready);
    EXPECT_TRUE(b.arm(ISTHMUS_WANT_MESSAGE));  // sleeps until someone comes
    ASSERT_EQ(a.open(area(0), area(1)), Status::ok);
    EXPECT_TRUE(a.must_ring());
}

TEST_F(ChannelPair, ASleeperIsRungOnceForEachSleep) {
    meet();
    EXPECT_FALSE(a.must_ring() && b.must_ring());
    ASSERT_TRUE(b.arm(ISTHMUS_WANT_MESSAGE));
    EXPECT_FALSE(a.must_ring()) << "nothing was done";
    ASSERT_EQ(a.send(bytes("1")), Status::ok);
    EXPECT_TRUE(a.must_ring());
    ASSERT_EQ(a.send(bytes("2")), Status::ok);
    EXPECT_FALSE(a.must_ring()) << "it is awake, or will be";
    ASSERT_TRUE(b.receive(buffer) && b.receive(buffer));
    ASSERT_TRUE(b.arm(ISTHMUS_WANT_MESSAGE));
    ASSERT_EQ(a.send(bytes("3")), Status::ok);
    EXPECT_TRUE(a.must_ring());
}

TEST_F(ChannelPair, WhoWaitsForAnotherThingIsLeftAsleep) {
    meet();
    static_cast<void>(a.must_ring());
    ASSERT_EQ(a.send(bytes(std::string(200, 'x'))), Status::ok);
    ASSERT_TRUE(b.arm(ISTHMUS_WANT_ROOM, 300));
    EXPECT_FALSE(a.must_ring());
    ASSERT_TRUE(a.arm(ISTHMUS_WANT_ROOM, 200));
    static_cast<void>(b.must_ring());
    ASSERT_TRUE(b.receive(buffer));
    EXPECT_FALSE(a.arm(ISTHMUS_WANT_ROOM, 200)) << "there is room";
}

TEST_F(ChannelPair, NobodySleepsBesideAMessage) {
    meet();
    ASSERT_EQ(a.send(bytes("x")), Status::ok);
    EXPECT_FALSE(b.arm(ISTHMUS_WANT_MESSAGE));
}

TEST_F(ChannelPair, NonsenseOfThePeerIsAnError) {
    meet();
    head(0).sent = 8 + ring;
    EXPECT_EQ(b.receive(buffer).status, Status::corrupt);
    head(0).sent = 4;
    EXPECT_EQ(b.receive(buffer).status, Status::corrupt);
    head(0).sent = 16;  // and no record there
    EXPECT_EQ(b.receive(buffer).status, Status::corrupt);
    head(1).taken = 8;
    EXPECT_EQ(a.send(bytes("x")), Status::corrupt);
}

TEST_F(ChannelPair, ALengthBeyondWhatWasSentIsAnError) {
    meet();
    ASSERT_EQ(a.send(bytes("12345678")), Status::ok);
    auto* record = reinterpret_cast<std::uint32_t*>(area(0).data() + 0x100);
    for (const std::uint32_t length : {9u, 248u, 249u, 0xffff'fff8u, 0xffff'ffffu}) {
        record[0] = length;
        EXPECT_EQ(b.receive(buffer).status, Status::corrupt) << length;
    }
    record[0] = 8;
    record[1] = ~8u;  // the record of another place
    EXPECT_EQ(b.receive(buffer).status, Status::corrupt);
}

TEST_F(ChannelPair, AStrangerIsRefused) {
    const auto status_with = [&](std::uint32_t isthmus_area::* field, std::uint32_t value) {
        Channel fresh;
        EXPECT_EQ(a.open(area(0), area(1)), Status::ok);
        head(0).*field = value;
        EXPECT_EQ(fresh.open(area(1), area(0)), Status::ok);
        return fresh.receive(buffer).status;
    };
    EXPECT_EQ(status_with(&isthmus_area::magic, 7), Status::corrupt);
    EXPECT_EQ(status_with(&isthmus_area::magic, 0x4973'7468), Status::byte_order);
    EXPECT_EQ(status_with(&isthmus_area::version, 2), Status::version);
    EXPECT_EQ(status_with(&isthmus_area::header_bytes, 0x80), Status::corrupt);
    for (const std::uint32_t bytes : {0u, 32u, 65u, 96u, 512u, 0x8000'0000u}) {
        EXPECT_EQ(status_with(&isthmus_area::ring_bytes, bytes), Status::corrupt) << bytes;
    }
    EXPECT_EQ(status_with(&isthmus_area::ring_bytes, 128), Status::not_ready) << "smaller is fine";
}

TEST(Area, TheLayoutIsWhatThePageDraws) {
    EXPECT_EQ(sizeof(isthmus_area), 0x100u);
    EXPECT_EQ(offsetof(isthmus_area, generation), 0x10u);
    EXPECT_EQ(offsetof(isthmus_area, seen), 0x14u);
    EXPECT_EQ(offsetof(isthmus_area, asleep), 0x18u);
    EXPECT_EQ(offsetof(isthmus_area, sent), 0x40u);
    EXPECT_EQ(offsetof(isthmus_area, taken), 0x80u);
}

TEST(Area, PartiesOfARegionHaveAnAreaForEachOther) {
    std::vector<std::pair<std::size_t, std::size_t>> areas;
    for (std::uint32_t from = 0; from < 3; ++from) {
        for (std::uint32_t to = 0; to < 3; ++to) {
            std::size_t offset = 0;
            std::size_t size = 0;
            if (isthmus_area_of(0x1'0000, 3, from, to, &offset, &size) == ISTHMUS_OK) {
                EXPECT_EQ(offset % 64, 0u);
                areas.emplace_back(offset, offset + size);
            } else {
                EXPECT_EQ(from, to);
            }
        }
    }
    ASSERT_EQ(areas.size(), 6u);
    for (std::size_t i = 1; i < areas.size(); ++i) {
        EXPECT_EQ(areas[i].first, areas[i - 1].second);
    }
    EXPECT_LE(areas.back().second, 0x1'0000u);
}

TEST(Area, WhatCannotBeIsRefused) {
    std::size_t offset = 0;
    std::size_t size = 0;
    EXPECT_EQ(isthmus_area_of(639, 2, 0, 1, &offset, &size), ISTHMUS_INVALID);
    EXPECT_EQ(isthmus_area_of(640, 2, 0, 1, &offset, &size), ISTHMUS_OK);
    EXPECT_EQ(isthmus_area_of(0x1000, 1, 0, 0, &offset, &size), ISTHMUS_INVALID);
    EXPECT_EQ(isthmus_area_of(0x1000, 2, 0, 2, &offset, &size), ISTHMUS_INVALID);
    isthmus_channel channel;
    alignas(64) std::byte memory[1024];
    EXPECT_EQ(isthmus_channel_open(&channel, memory + 4, 512, memory, 512), ISTHMUS_INVALID);
    EXPECT_EQ(isthmus_channel_open(&channel, memory, 319, memory, 512), ISTHMUS_INVALID);
    EXPECT_EQ(isthmus_channel_open(&channel, memory, 512, memory, 319), ISTHMUS_INVALID);
}

TEST(Status, EachHasAText) {
    for (int status = ISTHMUS_OK; status >= ISTHMUS_SYSTEM; --status) {
        EXPECT_STRNE(isthmus_status_text(status), "unknown") << status;
    }
    EXPECT_STREQ(isthmus_status_text(ISTHMUS_SYSTEM), "refused by the system");
    EXPECT_STREQ(isthmus_status_text(ISTHMUS_SYSTEM - 1), "unknown");
    EXPECT_STREQ(isthmus_status_text(1), "unknown");
}

}  // namespace
}  // namespace isthmus::guest
