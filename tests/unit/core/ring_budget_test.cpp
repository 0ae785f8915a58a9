// SPDX-License-Identifier: Apache-2.0
// How often a doorbell may ring: bursts, the rate behind them, and that nothing is lost.
#include "core/run/ring_budget.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>

namespace isthmus::core {
namespace {

using Verdict = RingBudget::Verdict;

constexpr u64 period = 100;
constexpr u32 burst = 4;

class RingBudgetTest : public ::testing::Test {
  protected:
    RingBudgetTest() { budget.init(period, burst); }
    void use_burst_up(u64 now) {
        for (u32 i = 0; i < burst; ++i) {
            ASSERT_EQ(budget.ring(now), Verdict::now) << i;
        }
    }
    RingBudget budget;
};

TEST_F(RingBudgetTest, ABurstIsImmediate) {
    use_burst_up(1000);
    EXPECT_EQ(budget.ring(1000), Verdict::later);
}

TEST_F(RingBudgetTest, TheFirstRingNeedsNoSilenceBeforeIt) {
    use_burst_up(0);
    EXPECT_EQ(budget.ring(0), Verdict::later);
    EXPECT_EQ(budget.due(), period);
}

TEST_F(RingBudgetTest, WhatIsMoreWaitsForOnePeriodAndAllOfItIsOneRing) {
    use_burst_up(1000);
    EXPECT_EQ(budget.ring(1010), Verdict::later);
    EXPECT_EQ(budget.due(), 1000 + period);
    EXPECT_EQ(budget.ring(1020), Verdict::merged);
    EXPECT_EQ(budget.ring(1099), Verdict::merged);
    budget.release(1000 + period);
    EXPECT_EQ(budget.ring(1000 + period), Verdict::later);
    EXPECT_EQ(budget.due(), 1000 + 2 * period);
}

TEST_F(RingBudgetTest, OneThatWaitsStandsForThoseThatTheBudgetWouldLetThrough) {
    use_burst_up(1000);
    ASSERT_EQ(budget.ring(1000), Verdict::later);
    EXPECT_EQ(budget.ring(9000), Verdict::merged);  // its timer is late, not lost
    budget.release(9000);
    EXPECT_EQ(budget.ring(9000), Verdict::now);
}

TEST_F(RingBudgetTest, ASilenceBringsTheBurstBackAndNoMore) {
    use_burst_up(1000);
    use_burst_up(1000 + burst * period);
    use_burst_up(1'000'000);
    EXPECT_EQ(budget.ring(1'000'000), Verdict::later);
}

TEST_F(RingBudgetTest, HalfASilenceBringsHalfTheBurst) {
    use_burst_up(1000);
    EXPECT_EQ(budget.ring(1000 + 2 * period), Verdict::now);
    EXPECT_EQ(budget.ring(1000 + 2 * period), Verdict::now);
    EXPECT_EQ(budget.ring(1000 + 2 * period), Verdict::later);
}

/// Rings at random for a long time, timers that are late at random: what gets through is the rate
/// and one burst, and after each ring something is delivered.
TEST_F(RingBudgetTest, AFloodGetsTheRateAndNoRingIsLost) {
    std::minstd_rand random(1);
    u64 now = 0;
    u64 delivered = 0;
    u64 timer = 0;  // 0: not set
    bool owed = false;
    constexpr u64 end = 1'000'000;
    while (now < end) {
        if (timer != 0 && now >= timer) {
            timer = 0;
            budget.release(now);
            ++delivered;
            owed = false;
        }
        switch (budget.ring(now)) {
            case Verdict::now:
                ++delivered;
                owed = false;
                break;
            case Verdict::later:
                ASSERT_EQ(timer, 0U);
                timer = budget.due() + random() % 3;
                owed = true;
                break;
            case Verdict::merged:
                ASSERT_NE(timer, 0U);
                owed = true;
                break;
        }
        now += random() % 20;
    }
    EXPECT_LE(delivered, end / period + burst);
    EXPECT_GE(delivered, end / period * 9 / 10);
    EXPECT_TRUE(!owed || timer != 0);
}

/// CPUs of the ringer ring the same bell, each with a timer of its own. What each wrote before its
/// last ring is seen by who was rung, whichever CPU delivered it: the words are plain, and nothing
/// but rings orders them.
class ConcurrentRingBudget : public ::testing::Test {
  protected:
    static constexpr unsigned ringers = 3;
    static constexpr u64 rings = 40;

    ConcurrentRingBudget() { budget.init(7, 2); }

    u64 tick() { return clock.fetch_add(1, Order::relaxed); }
    void deliver() {
        deliveries.fetch_add(1, Order::relaxed);
        pending.fetch_or(1);
    }
    void fire_if_due(bool& armed) {
        const u64 now = tick();
        if (armed && now >= budget.due()) {
            armed = false;
            budget.release(now);
            deliver();
        }
    }
    void ring_and_leave(unsigned self) {
        bool armed = false;
        for (u64 i = 1; i <= rings; ++i) {
            words[self] = i == rings ? i : words[self];
            const Verdict verdict = budget.ring(tick());
            if (verdict == Verdict::now) {
                deliver();
            }
            ASSERT_FALSE(armed && verdict == Verdict::later);
            armed = armed || verdict == Verdict::later;
            fire_if_due(armed);
        }
        while (armed) {
            fire_if_due(armed);
        }
        ringing.fetch_sub(1, Order::relaxed);
    }

    RingBudget budget;
    std::array<u64, ringers> words{};
    Atomic<u32> pending;  ///< the rung guest's bit
    Atomic<u32> ringing{ringers};
    Atomic<u64> clock{1000};
    Atomic<u64> deliveries;
};

TEST_F(ConcurrentRingBudget, NoRingIsLostAndWhatWasWrittenBeforeItIsSeen) {
    u64 delivered = 0;
    constexpr int rounds = 300;
    for (int round = 0; round < rounds; ++round) {
        ringing.store(ringers);
        words = {};
        std::vector<std::thread> threads;
        for (unsigned self = 0; self < ringers; ++self) {
            threads.emplace_back([this, self] { ring_and_leave(self); });
        }
        while (ringing.load(Order::relaxed) != 0) {
            static_cast<void>(pending.exchange(0));
        }
        static_cast<void>(pending.exchange(0));
        for (const u64 word : words) {
            ASSERT_EQ(word, rings);
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        delivered += deliveries.exchange(0);
    }
    EXPECT_LT(delivered, rounds * ringers * rings);  // else nothing was merged
}

}  // namespace
}  // namespace isthmus::core
