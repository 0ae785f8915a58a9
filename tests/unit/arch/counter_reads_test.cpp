// SPDX-License-Identifier: Apache-2.0
// Counters that are wrong as the errata have it, read a million times: never wrong, never
// backwards.
#include "arch/arm64/cpu/counter_reads.hpp"
#include "isthmus/arch/time.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

/// Advances a tick every few reads; `fault` makes of the true count what a read gives.
struct Counter {
    u64 ticks;
    u64 reads = 0;
    u64 (*fault)(u64 ticks, u64 phase);

    u64 read() {
        constexpr u64 reads_a_tick = 4;
        const u64 phase = reads++ % reads_a_tick;
        ticks += phase == 0 ? 1 : 0;
        return fault(ticks, phase);
    }
};

/// Largest distance of a result from the truth, over reads that begin at different phases.
u64 worst(u8 errata, u64 start, u64 (*fault)(u64, u64)) {
    Counter counter{start, 0, fault};
    u64 most = 0;
    for (unsigned i = 0; i < 20'000; ++i) {
        for (unsigned skipped = 0; skipped < i % 3; ++skipped) {
            counter.read();
        }
        const u64 before = counter.ticks;
        const u64 got = stable_count(errata, [&] { return counter.read(); });
        const u64 after = counter.ticks;
        const u64 wrong = got < before ? before - got : got > after ? got - after : 0;
        most = wrong > most ? wrong : most;
    }
    return most;
}

u64 anything_while_it_advances(u64 ticks, u64 phase) {
    return phase == 0 ? ticks * 0x9e37'79b9'7f4a'7c15 : ticks;
}
u64 far_ahead_while_it_advances(u64 ticks, u64 phase) {
    return phase == 0 ? ticks + 4096 : ticks;
}
/// The low bits are all ones or all zeros for a while around a roll-over.
u64 stuck_low_bits(u64 ticks, u64) {
    const u64 low = ticks & 0x1ff;
    return low >= 0x1fe ? ticks | 0x1ff : low <= 1 ? (ticks & ~u64{0x1ff}) - 512 : ticks;
}
u64 faultless(u64 ticks, u64) {
    return ticks;
}

TEST(CounterReads, AreRightWithEachErratum) {
    EXPECT_EQ(worst(fsl_a008585, 1000, anything_while_it_advances), 0u);
    EXPECT_EQ(worst(hisilicon_161010101, 1000, far_ahead_while_it_advances), 0u);
    EXPECT_EQ(worst(allwinner_unknown1, 1000, stuck_low_bits), 0u);
}

TEST(CounterReads, AreWrongWithout) {
    EXPECT_GT(worst(0, 1000, anything_while_it_advances), 1000u);
    EXPECT_GT(worst(0, 1000, far_ahead_while_it_advances), 1000u);
    EXPECT_GT(worst(0, 1000, stuck_low_bits), 100u);
}

TEST(CounterReads, OfAFaultlessCounterAreRightWithAnySet) {
    for (unsigned errata = 0; errata < 16; ++errata) {
        EXPECT_EQ(worst(static_cast<u8>(errata), 1000, faultless), 0u) << errata;
    }
}

TEST(CounterReads, OfTwoAcrossARollOverTakeTheFirst) {
    const u64 reads[]{0x0'ffff'ffff, 0x1'0000'0000};
    const u64* next = reads;
    EXPECT_EQ(stable_count(arm_858921, [&] { return *next++; }), 0x0'ffff'ffffu);
    const u64 later[]{0x1'0000'0000, 0x1'0000'0001};
    next = later;
    EXPECT_EQ(stable_count(arm_858921, [&] { return *next++; }), 0x1'0000'0001u);
}

TEST(CounterReads, EndForACounterThatNeverRests) {
    u64 reads = 0;
    stable_count(fsl_a008585, [&] { return reads++; });
    EXPECT_EQ(reads, 2u * (most_counter_reads + 1));
}

}  // namespace
}  // namespace isthmus::arch
