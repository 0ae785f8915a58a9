// SPDX-License-Identifier: Apache-2.0
// Who is rung by whom, what a ring does there, floods, and guests that are gone.
#include "core/device/doorbells.hpp"

#include <gtest/gtest.h>

#include "core/audit/doorbells.hpp"
#include "tests/unit/support/ringing_guests.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using test::RingingGuests;
using test::spurious;

constexpr u64 dir = 0x400, ie = 0x410, ris = 0x414, ic = 0x41c;
constexpr u64 all_data = 0x3fc;
constexpr u32 intid = RingingGuests::bell_intid;
constexpr u32 gpio_intid = RingingGuests::first_gpio_intid;

/// At 10 MHz, for a guest that `peers` can ring.
constexpr u64 period(u64 peers) {
    return 1000 * peers;
}

TEST(Doorbells, ARingSaysWhoRangAndInterrupts) {
    RingingGuests guests(3);
    guests.enable(1, intid);
    EXPECT_TRUE(guests.ring_peer(2, 1));
    EXPECT_EQ(fake().kicks, std::vector<usize>{1});
    EXPECT_EQ(guests.next_interrupt(1), intid);
    EXPECT_EQ(take_rings(guests.domain(1)), u64{1} << RingingGuests::bell(1, 2));
    EXPECT_EQ(take_rings(guests.domain(1)), 0U);
    EXPECT_EQ(take_rings(guests.domain(0)), 0U);
    EXPECT_EQ(guests.next_interrupt(0), spurious);
}

TEST(Doorbells, EachRingInterruptsAnew) {
    RingingGuests guests(2);
    guests.enable(1, intid);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(guests.ring_peer(0, 1));
        ASSERT_EQ(guests.next_interrupt(1), intid) << i;
        ASSERT_EQ(guests.next_interrupt(1), spurious);
    }
}

TEST(Doorbells, RingsBeforeTheFirstIsSeenAreOne) {
    RingingGuests guests(2);
    guests.enable(1, intid);
    for (int i = 0; i < 5; ++i) {
        guests.ring_peer(0, 1);
    }
    EXPECT_EQ(guests.next_interrupt(1), intid);
    EXPECT_EQ(guests.next_interrupt(1), spurious);
    EXPECT_EQ(take_rings(guests.domain(1)), 1U);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).rings, 5U);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).coalesced, 4U);
}

TEST(Doorbells, ARingWhileItIsHandledComesAfterIt) {
    RingingGuests guests(2);
    guests.enable(1, intid);
    guests.ring_peer(0, 1);
    ASSERT_EQ(guests.next_interrupt(1), intid);
    guests.ring_peer(0, 1);
    EXPECT_EQ(guests.next_interrupt(1), intid);
}

TEST(Doorbells, ARingWaitsUntilTheInterruptIsEnabled) {
    RingingGuests guests(2);
    guests.ring_peer(0, 1);
    EXPECT_TRUE(fake().kicks.empty());  // nobody is disturbed by what he does not listen to
    EXPECT_EQ(guests.next_interrupt(1), spurious);
    guests.enable(1, intid);
    EXPECT_EQ(guests.next_interrupt(1), intid);
    EXPECT_EQ(take_rings(guests.domain(1)), 1U);
}

TEST(Doorbells, NumbersThatAreNoneRingNobody) {
    RingingGuests guests(3);
    for (const u64 number : {u64{2}, u64{3}, u64{63}, u64{64}, u64{1} << 32, ~u64{0}}) {
        EXPECT_FALSE(guests.ring(0, number)) << number;
    }
    for (usize guest = 0; guest < 3; ++guest) {
        EXPECT_EQ(take_rings(guests.domain(guest)), 0U);
    }
}

TEST(Doorbells, EachOfManyRingsTheOneItNames) {
    RingingGuests guests(7);
    for (usize from = 0; from < 7; ++from) {
        for (usize to = 0; to < 7; ++to) {
            if (from == to) {
                continue;
            }
            ASSERT_TRUE(guests.ring_peer(from, to));
            for (usize guest = 0; guest < 7; ++guest) {
                const u64 bell = RingingGuests::bell(to, from);
                ASSERT_EQ(take_rings(guests.domain(guest)), guest == to ? u64{1} << bell : 0U);
                for (usize block = 0; block < 2; ++block) {
                    const bool shows = guest == to && block == bell / 4;
                    ASSERT_EQ(guests.read_gpio(guest, ris, block),
                              shows ? u64{2} << (bell % 4 * 2) : 0U);
                    guests.write_gpio(guest, ic, 0xff, block);
                }
            }
        }
    }
}

TEST(Doorbells, AnOutputOfTheGpioBlockRings) {
    RingingGuests guests(3);
    guests.write_gpio(2, dir, 0b0101);
    guests.write_gpio(2, all_data, 0b0100);  // its second bell: guest 1
    EXPECT_EQ(take_rings(guests.domain(1)), u64{1} << RingingGuests::bell(1, 2));
    EXPECT_EQ(take_rings(guests.domain(0)), 0U);
    guests.write_gpio(2, all_data, 0);
    EXPECT_EQ(take_rings(guests.domain(1)), 0U);
    guests.write_gpio(2, all_data, 0xff);
    EXPECT_NE(take_rings(guests.domain(0)), 0U);
    EXPECT_NE(take_rings(guests.domain(1)), 0U);
    EXPECT_EQ(doorbell_counts(guests.domain(2), 1).rings, 2U);
}

/// Outputs without a bell, and lines that are rung, ring nobody.
TEST(Doorbells, OtherOutputsRingNobody) {
    RingingGuests guests(2);
    guests.write_gpio(0, dir, 0xff);
    guests.write_gpio(0, all_data, 0xfe);
    EXPECT_EQ(take_rings(guests.domain(1)), 0U);
}

TEST(Doorbells, TheGpioBlockInterruptsWhileAnEnabledRingIsLatched) {
    RingingGuests guests(2);
    guests.enable(1, gpio_intid);
    guests.ring_peer(0, 1);
    EXPECT_EQ(guests.next_interrupt(1), spurious);
    guests.write_gpio(1, ie, 0x02);  // it came before
    EXPECT_EQ(guests.next_interrupt(1), gpio_intid);
    EXPECT_EQ(guests.next_interrupt(1), gpio_intid);  // a level, which nobody has cleared
    guests.write_gpio(1, ic, 0x02);
    EXPECT_EQ(guests.next_interrupt(1), spurious);
    guests.ring_peer(0, 1);
    EXPECT_EQ(guests.next_interrupt(1), gpio_intid);
}

/// A guest that waits by its GPIO block takes nothing: there a ring is seen when it is cleared.
TEST(Doorbells, CoalescedIsWhatNobodyHasSeenByEitherWay) {
    RingingGuests guests(2);
    for (int i = 0; i < 3; ++i) {
        guests.ring_peer(0, 1);
        guests.write_gpio(1, ic, 0xff);
    }
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).coalesced, 0U);
    guests.ring_peer(0, 1);
    static_cast<void>(take_rings(guests.domain(1)));
    guests.ring_peer(0, 1);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).coalesced, 0U);
    guests.ring_peer(0, 1);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).coalesced, 1U);
}

class DoorbellFlood : public ::testing::Test {
  protected:
    /// Rings without end, every `every` ticks; how often the rung guest was interrupted.
    u64 flood(RingingGuests& guests, usize from, u64 ticks, u64 every) {
        u64 interrupts = 0;
        for (u64 done = 0; done < ticks; done += every) {
            guests.ring_peer(from, victim);
            interrupts += guests.next_interrupt(victim) == intid ? 1u : 0u;
            guests.pass(every);
            interrupts += guests.next_interrupt(victim) == intid ? 1u : 0u;
        }
        return interrupts;
    }
    static constexpr usize victim = 1;
};

TEST_F(DoorbellFlood, ABurstIsImmediateAndTheRestAtTheRate) {
    RingingGuests guests(2);
    guests.enable(victim, intid);
    for (u32 i = 0; i < ring_burst; ++i) {
        guests.ring_peer(0, victim);
        ASSERT_EQ(guests.next_interrupt(victim), intid) << i;
    }
    guests.ring_peer(0, victim);
    EXPECT_EQ(guests.next_interrupt(victim), spurious);
    guests.pass(period(1) - 1);
    EXPECT_EQ(guests.next_interrupt(victim), spurious);
    guests.pass(1);
    EXPECT_EQ(guests.next_interrupt(victim), intid);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).delayed, 1U);
}

TEST_F(DoorbellFlood, ASecondOfItIsTenThousandInterrupts) {
    RingingGuests guests(2);
    guests.enable(victim, intid);
    const u64 interrupts = flood(guests, 0, 10'000'000, 100);
    EXPECT_LE(interrupts, rings_a_second + ring_burst);
    EXPECT_GE(interrupts, rings_a_second * 95 / 100);
}

TEST_F(DoorbellFlood, AllPeersTogetherHaveNoMoreThanOneHas) {
    RingingGuests guests(5);
    guests.enable(victim, intid);
    u64 interrupts = 0;
    for (u64 done = 0; done < 10'000'000; done += 100) {
        for (const usize from : {0u, 2u, 3u, 4u}) {
            guests.ring_peer(from, victim);
        }
        interrupts += guests.next_interrupt(victim) == intid ? 1u : 0u;
        guests.pass(100);
        interrupts += guests.next_interrupt(victim) == intid ? 1u : 0u;
    }
    EXPECT_LE(interrupts, rings_a_second + 4 * ring_burst);
}

/// The timer is the ringer's CPU's, and what it takes is not the rung guest's time.
TEST_F(DoorbellFlood, WhatIsDelayedIsTheRingersWork) {
    RingingGuests guests(2);
    for (u32 i = 0; i < 2 * ring_burst; ++i) {
        guests.ring_peer(0, victim);
    }
    EXPECT_NE(fake().cpus[0].deadline, ~u64{0});
    EXPECT_EQ(fake().cpus[victim].deadline, ~u64{0});
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).delayed, 1U);  // one stands for all that wait
}

TEST_F(DoorbellFlood, ARingThatWaitsOutlivesItsRinger) {
    RingingGuests guests(2);
    guests.enable(victim, intid);
    for (u32 i = 0; i < ring_burst; ++i) {
        guests.ring_peer(0, victim);
        static_cast<void>(guests.next_interrupt(victim));
    }
    static_cast<void>(take_rings(guests.domain(victim)));
    guests.ring_peer(0, victim);
    guests.domain(0).state.store(Domain::State::stopped);
    fake().cpu = 0;
    this_cpu().current = nullptr;
    guests.pass(2 * period(1));
    EXPECT_EQ(guests.next_interrupt(victim), intid);
    EXPECT_EQ(take_rings(guests.domain(victim)), 1U);
}

TEST(Doorbells, ARingToAGuestThatIsOffIsKeptAndCounted) {
    RingingGuests guests(2, true);
    guests.domain(1).state.store(Domain::State::stopped);
    EXPECT_TRUE(guests.ring_peer(0, 1));
    EXPECT_EQ(take_rings(guests.domain(1)), 1U);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).off, 1U);
}

TEST(Doorbells, OrDroppedAndCounted) {
    RingingGuests guests(2, false);
    guests.domain(1).state.store(Domain::State::dismantled);
    EXPECT_TRUE(guests.ring_peer(0, 1));
    EXPECT_EQ(take_rings(guests.domain(1)), 0U);
    EXPECT_EQ(guests.read_gpio(1, ris), 0U);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).off, 1U);
}

TEST(Doorbells, WhatTheAuditAsks) {
    RingingGuests guests(3);
    ASSERT_EQ(doorbell_count(guests.domain(2)), 2U);
    const DoorbellTie tie = doorbell_tie(guests.domain(2), 1);
    EXPECT_EQ(tie.peer, &guests.domain(1));
    EXPECT_EQ(tie.peer_bell, RingingGuests::bell(1, 2));
    EXPECT_EQ(tie.peer_intid, intid);
    EXPECT_TRUE(tie.keep_when_off);
    EXPECT_TRUE(tie.has_gpio);
}

/// How many differences the audit finds in the doorbells of guest 0, after `spoil`.
template <class Spoil>
u64 differences(Spoil spoil) {
    RingingGuests guests(3);
    spoil(guests);
    AuditReport report;
    audit_doorbells(guests.domain(0), report);
    return report.differences;
}

TEST(DoorbellAudit, EachIsComparedWithThePlan) {
    EXPECT_EQ(differences([](RingingGuests&) {}), 0U);
    EXPECT_EQ(differences([](RingingGuests& all) { all.planned(0, 1).peer = DomainId{2}; }), 1U);
    EXPECT_EQ(differences([](RingingGuests& all) { all.planned(0, 1).peer_bell = 1; }), 1U);
    EXPECT_EQ(differences([](RingingGuests& all) { all.planned(0, 0).peer_bell = 9; }), 1U);
    EXPECT_EQ(differences([](RingingGuests& all) { all.planned(1, 0).intid = 40; }), 1U);
    EXPECT_EQ(differences([](RingingGuests& all) { all.planned(0, 0).keep_when_off = false; }), 1U);
    EXPECT_EQ(differences([](RingingGuests& all) { all.plan(2).emulated = {}; }), 1U);
    EXPECT_EQ(differences([](RingingGuests& all) {
                  all.plan(0).doorbells = all.plan(0).doorbells.first(1);
              }),
              1U);
}

}  // namespace
}  // namespace isthmus::core
