// SPDX-License-Identifier: Apache-2.0
#include "runtime/spsc_queue.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace isthmus::guest {
namespace {

std::vector<std::byte> bytes(std::string_view text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

class SpscQueue : public testing::Test {
  protected:
    /// Sends and receives one message; empty on any error.
    std::string pass(std::string_view text) {
        if (!sender.send(bytes(text))) {
            return {};
        }
        std::byte space[512];
        const auto message = receiver.receive(space);
        return message
                   ? std::string(reinterpret_cast<const char*>(message->data()), message->size())
                   : std::string();
    }
    void poke(usize offset, u64 value) { std::memcpy(memory.data() + offset, &value, 8); }

    alignas(64) std::array<std::byte, 128 + 300> memory{};  // a ring of 256 bytes
    SpscSender sender{memory};
    SpscReceiver receiver{memory};
    std::byte buffer[512];
};

TEST_F(SpscQueue, ZeroedMemoryIsTheEmptyQueue) {
    EXPECT_EQ(receiver.receive(buffer).error(), Error::not_found);
    EXPECT_EQ(sender.capacity(), 256u - 8u);
}

TEST_F(SpscQueue, MessagesOfAllLengthsComeThroughManyTimesAroundTheRing) {
    for (int round = 0; round < 20; ++round) {
        for (usize length = 1; length <= sender.capacity(); ++length) {
            const std::string text(length, static_cast<char>('a' + length % 26));
            ASSERT_EQ(pass(text), text);
        }
    }
}

TEST_F(SpscQueue, AFullQueueTakesNoMore) {
    const auto message = bytes(std::string(56, 'x'));
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(sender.send(message));
    }
    EXPECT_EQ(sender.send(message).error(), Error::out_of_memory);
    ASSERT_TRUE(receiver.receive(buffer));
    EXPECT_TRUE(sender.send(message));
}

TEST_F(SpscQueue, WhatNeverFitsIsRefused) {
    EXPECT_EQ(sender.send(bytes(std::string(249, 'x'))).error(), Error::invalid_argument);
}

TEST_F(SpscQueue, AMessageLongerThanTheBufferStays) {
    ASSERT_TRUE(sender.send(bytes("0123456789")));
    EXPECT_EQ(receiver.receive(std::span(buffer).first(4)).error(), Error::out_of_range);
    EXPECT_TRUE(receiver.receive(buffer));
}

TEST_F(SpscQueue, AFlippedBitIsNoticed) {
    ASSERT_TRUE(sender.send(bytes("hello")));
    memory[128 + 8] ^= std::byte{1};
    EXPECT_EQ(receiver.receive(buffer).error(), Error::denied);
}

TEST_F(SpscQueue, NonsenseOfThePeerIsAnErrorAndNeverAnAccessOutside) {
    poke(0, 10'000);  // sent
    EXPECT_EQ(receiver.receive(buffer).error(), Error::denied);
    poke(0, 0);
    poke(64, 10'000);  // taken
    EXPECT_EQ(sender.send(bytes("x")).error(), Error::denied);
    poke(64, 0);
    poke(128, 0xffff'ffff);  // length
    poke(0, 16);
    EXPECT_EQ(receiver.receive(buffer).error(), Error::denied);
}

TEST_F(SpscQueue, AnyNonsenseAtAllStaysInside) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        for (const usize offset : {usize{0}, usize{64}, usize{128}}) {
            poke(offset, random() >> random() % 64);
        }
        static_cast<void>(receiver.receive(buffer));
        static_cast<void>(sender.send(bytes("some text")));
    }
}

TEST(ConcurrentSpscQueue, EveryMessageArrivesOnceAndInOrder) {
    alignas(64) static std::array<std::byte, 128 + 1024> memory{};
    constexpr u64 messages = 20'000;
    std::thread sending([] {
        SpscSender sender(memory);
        for (u64 i = 0; i < messages; ++i) {
            const auto* first = reinterpret_cast<const std::byte*>(&i);
            while (!sender.send({first, sizeof(i)})) {
                std::this_thread::yield();
            }
        }
    });
    SpscReceiver receiver(memory);
    u64 expected = 0;
    while (expected < messages) {
        std::byte buffer[16];
        const auto message = receiver.receive(buffer);
        if (!message) {
            ASSERT_EQ(message.error(), Error::not_found);
            std::this_thread::yield();
            continue;
        }
        u64 number = 0;
        ASSERT_EQ(message->size(), sizeof(number));
        std::memcpy(&number, message->data(), sizeof(number));
        ASSERT_EQ(number, expected++);
    }
    sending.join();
}

}  // namespace
}  // namespace isthmus::guest
