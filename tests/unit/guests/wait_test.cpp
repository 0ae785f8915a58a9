// SPDX-License-Identifier: Apache-2.0
#include "isthmus_guest/isthmus_wait.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "isthmus_guest/isthmus_shm.hpp"

namespace isthmus::guest {
namespace {

constexpr std::size_t area_bytes = 0x100 + 64;

struct Areas {
    alignas(64) std::array<std::byte, 2 * area_bytes> memory{};
    std::span<std::byte> of(std::size_t index) {
        return std::span(memory).subspan(index * area_bytes, area_bytes);
    }
};

/// As a doorbell is: one pending bit, and it stays until it is taken.
class ThreadBell {
  public:
    explicit ThreadBell(ThreadBell* peer = nullptr) : peer_(peer) {}
    void connect(ThreadBell& peer) { peer_ = &peer; }

    void ring() {
        const std::scoped_lock lock(peer_->mutex_);
        peer_->rung_ = true;
        ++rings;
        peer_->condition_.notify_one();
    }
    Status wait() {
        std::unique_lock lock(mutex_);
        ++waits;
        if (!condition_.wait_for(lock, std::chrono::seconds(60), [&] { return rung_; })) {
            return Status::timeout;
        }
        rung_ = false;
        return Status::ok;
    }

    unsigned rings = 0;
    unsigned waits = 0;

  private:
    ThreadBell* peer_;
    std::mutex mutex_;
    std::condition_variable condition_;
    bool rung_ = false;
};

constexpr std::uint64_t messages = 20'000;

/// Sends and receives in turn, so that both sleep for room and for messages.
void talk(Channel& channel, ThreadBell& bell, bool asks, std::uint64_t& received) {
    for (std::uint64_t i = 0; i < messages; ++i) {
        const auto sends = std::as_bytes(std::span(&i, 1));
        if (asks && channel.send(sends, bell) != Status::ok) {
            return;
        }
        if (i % 3 == 2 || !asks) {  // three questions, then as many answers
            for (std::uint64_t n = 0; n < (asks ? 3 : 1); ++n) {
                std::uint64_t number = 0;
                const Received got =
                    channel.receive(std::as_writable_bytes(std::span(&number, 1)), bell);
                if (!got || got.length != 8 || number != received) {
                    return;
                }
                ++received;
            }
        }
        if (!asks && channel.send(sends, bell) != Status::ok) {
            return;
        }
    }
}

TEST(ConcurrentChannel, NoMessageAndNoWakeUpIsLost) {
    Areas areas;
    Channel a;
    Channel b;
    ThreadBell bell_a;
    ThreadBell bell_b(&bell_a);
    bell_a.connect(bell_b);
    std::uint64_t received_a = 0;
    std::uint64_t received_b = 0;
    std::thread asking([&] {
        ASSERT_EQ(a.open(areas.of(0), areas.of(1)), Status::ok);
        talk(a, bell_a, true, received_a);
    });
    ASSERT_EQ(b.open(areas.of(1), areas.of(0)), Status::ok);
    talk(b, bell_b, false, received_b);
    asking.join();
    EXPECT_EQ(received_a, messages / 3 * 3);
    EXPECT_EQ(received_b, messages);
    // A ring for each sleep, not for each message. One that says that it will sleep looks once
    // more, finds what has come meanwhile, and does not: its peer may have rung by then.
    EXPECT_LE(bell_a.rings, bell_b.waits + messages / 20);
    EXPECT_LE(bell_b.rings, bell_a.waits + messages / 20);
}

/// One side: what it was told to do, without a peer that rings back.
struct LoneBell {
    void ring() { ++rings; }
    Status wait() {
        ++waits;
        return waits < 3 ? Status::ok : Status::timeout;  // two mistakes
    }
    unsigned rings = 0;
    unsigned waits = 0;
};

TEST(Wait, AMistakenWakeUpIsSleptOn) {
    Areas areas;
    Channel a;
    ASSERT_EQ(a.open(areas.of(0), areas.of(1)), Status::ok);
    LoneBell bell;
    std::byte buffer[16];
    EXPECT_EQ(a.receive(buffer, bell).status, Status::timeout);
    EXPECT_EQ(bell.waits, 3u);
}

/// A peer that seems to come and go whenever one looks.
struct Restless {
    void ring() {}
    Status wait() { return Status::ok; }
};

TEST(Wait, APeerThatPlaysIsNoEndlessLoop) {
    Areas areas;
    Channel a;
    Channel b;
    ASSERT_EQ(a.open(areas.of(0), areas.of(1)), Status::ok);
    ASSERT_EQ(b.open(areas.of(1), areas.of(0)), Status::ok);
    Restless bell;
    std::byte buffer[16];
    EXPECT_EQ(b.receive(buffer).status, Status::not_ready);
    EXPECT_EQ(a.receive(buffer).status, Status::empty);
    // It has written a message that nobody takes, as A asks for room all the time.
    auto& head = *reinterpret_cast<isthmus_area*>(areas.of(1).data());
    head.taken = 3;
    EXPECT_EQ(a.send(std::as_bytes(std::span("x")), bell), Status::corrupt);
}

TEST(Wait, WhoSendsRingsASleeper) {
    Areas areas;
    Channel a;
    Channel b;
    LoneBell bell;
    std::byte buffer[16];
    ASSERT_EQ(a.open(areas.of(0), areas.of(1)), Status::ok);
    ASSERT_EQ(b.open(areas.of(1), areas.of(0)), Status::ok);
    EXPECT_EQ(a.receive(buffer).status, Status::not_ready);
    EXPECT_EQ(b.receive(buffer).status, Status::empty);
    ASSERT_TRUE(b.arm(ISTHMUS_WANT_MESSAGE));
    EXPECT_EQ(a.send(std::as_bytes(std::span("x")), bell), Status::ok);
    EXPECT_EQ(bell.rings, 1u);
    EXPECT_EQ(bell.waits, 0u);
}

TEST(ConcurrentChannel, WhoWaitsForAnAnswerIsToldOfAnotherSession) {
    Areas areas;
    ThreadBell bell_a;
    ThreadBell bell_b(&bell_a);
    bell_a.connect(bell_b);
    Channel a;
    ASSERT_EQ(a.open(areas.of(0), areas.of(1)), Status::ok);
    const std::uint64_t question = 7;
    const auto bytes = std::as_bytes(std::span(&question, 1));
    const auto receive = [&](Channel& channel, ThreadBell& bell, std::uint32_t session) {
        std::uint64_t number = 0;
        const Received got =
            channel.receive(std::as_writable_bytes(std::span(&number, 1)), bell, session);
        return got && number != question ? Status::corrupt : got.status;
    };
    std::thread other([&] {
        Channel b;
        static_cast<void>(b.open(areas.of(1), areas.of(0)));
        static_cast<void>(receive(b, bell_b, 0));
        // Ends here, and does not answer; its next life has an empty channel.
        Channel again;
        static_cast<void>(again.open(areas.of(1), areas.of(0)));
        if (receive(again, bell_b, 0) == Status::ok) {
            static_cast<void>(again.send(bytes, bell_b));
        }
    });
    ASSERT_EQ(a.send(bytes, bell_a), Status::ok);
    const std::uint32_t first = a.session();
    EXPECT_EQ(receive(a, bell_a, first), Status::not_ready);
    EXPECT_NE(a.session(), first);
    ASSERT_EQ(a.send(bytes, bell_a), Status::ok);
    EXPECT_EQ(receive(a, bell_a, a.session()), Status::ok);
    other.join();
}

}  // namespace
}  // namespace isthmus::guest
