// SPDX-License-Identifier: Apache-2.0
#include "isthmus/atomic.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace isthmus {
namespace {

enum class Phase : u32 { begin, middle, end };
enum class Small : u8 { no, yes };

static_assert(sizeof(Atomic<Phase>) == 4 && sizeof(Atomic<Small>) == 1 && sizeof(Atomic<u64>) == 8);

TEST(Atomic, BeginsWithZeroOrWhatItIsGiven) {
    EXPECT_EQ(Atomic<u32>().load(), 0u);
    EXPECT_EQ(Atomic<u64>(7).load(), 7u);
    EXPECT_EQ(Atomic<Phase>().load(), Phase::begin);
    EXPECT_EQ(Atomic<Phase>(Phase::end).load(), Phase::end);
    EXPECT_FALSE(Atomic<bool>().load());
}

TEST(Atomic, AnEnumeratorIsStoredAndExchanged) {
    Atomic<Phase> phase;
    phase.store(Phase::middle);
    EXPECT_EQ(phase.exchange(Phase::end), Phase::middle);
    EXPECT_EQ(phase.load(), Phase::end);
}

TEST(Atomic, AFailedExchangeSaysWhatIsThere) {
    Atomic<Phase> phase(Phase::end);
    Phase expected = Phase::begin;
    EXPECT_FALSE(phase.compare_exchange(expected, Phase::middle));
    EXPECT_EQ(expected, Phase::end);
    EXPECT_EQ(phase.load(), Phase::end);
    while (!phase.compare_exchange(expected, Phase::middle)) {
        ASSERT_EQ(expected, Phase::end);
    }
    EXPECT_EQ(phase.load(), Phase::middle);
}

TEST(Atomic, ArithmeticReturnsWhatWasThere) {
    Atomic<u32> word(0b1100);
    EXPECT_EQ(word.fetch_or(0b0011), 0b1100u);
    EXPECT_EQ(word.fetch_and(0b0110), 0b1111u);
    EXPECT_EQ(word.fetch_add(4), 0b0110u);
    EXPECT_EQ(word.fetch_sub(1), 10u);
    EXPECT_EQ(word.plain(), 9u);
}

TEST(Atomic, NoAdditionIsLost) {
    constexpr u32 each = 10'000;
    Atomic<u32> sum;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (u32 n = 0; n < each; ++n) {
                sum.fetch_add(1);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(sum.load(), 4 * each);
}

}  // namespace
}  // namespace isthmus
