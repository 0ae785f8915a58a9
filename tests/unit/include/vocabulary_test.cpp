// SPDX-License-Identifier: Apache-2.0
// The small words: bit fields, fixed vectors, results, rules, locks.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "isthmus/bits.hpp"
#include "isthmus/result.hpp"
#include "isthmus/rule.hpp"
#include "isthmus/spinlock.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::arch {

void relax() {
    std::this_thread::yield();
}

}  // namespace isthmus::arch

namespace isthmus {
namespace {

TEST(BitField, GetsSetsAndCuts) {
    using Middle = BitField<4, 8>;
    EXPECT_EQ(Middle::mask, 0xff0u);
    EXPECT_EQ(Middle::get(0xabcd), 0xbcu);
    EXPECT_EQ(Middle::of(0x1ff), 0xff0u);
    EXPECT_EQ(Middle::set(0xabcd, 0), 0xa00du);
    EXPECT_EQ((BitField<0, 64>::mask), ~u64{0});
    EXPECT_EQ(bit(63), u64{1} << 63);
}

TEST(StaticVector, SaysWhenItIsFull) {
    StaticVector<u32, 2> list;
    EXPECT_TRUE(list.push_back(1) && list.push_back(2));
    EXPECT_TRUE(list.full());
    EXPECT_FALSE(list.push_back(3));
    list.pop_back();
    EXPECT_EQ(list.items().size(), 1u);
    EXPECT_EQ(list[0], 1u);
}

Result<u32> half(u32 value) {
    return value % 2 == 0 ? Result<u32>(value / 2) : fail(Error::unaligned);
}
Result<u32> quarter(u32 value) {
    return half(ISTHMUS_TRY(half(value)));
}

TEST(Result, TryHandsOnTheError) {
    EXPECT_EQ(quarter(8), 2u);
    EXPECT_EQ(quarter(6).error(), Error::unaligned);
}

TEST(Rule, ALimitIsNamedSo) {
    EXPECT_TRUE((Rule{"cpus-limit", Severity::error}.is_limit()));
    EXPECT_FALSE((Rule{"limit-cpus", Severity::error}.is_limit()));
}

TEST(SpinLock, OneHolderAtATime) {
    SpinLock lock;
    u32 sum = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 2000; ++n) {
                const LockGuard guard(lock);
                ++sum;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(sum, 6000u);
}

}  // namespace
}  // namespace isthmus
