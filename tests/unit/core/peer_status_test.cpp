// SPDX-License-Identifier: Apache-2.0
// What peers read of a domain's life, and that they are rung.
#include "core/device/peer_status.hpp"

#include <gtest/gtest.h>

#include "core/device/doorbells.hpp"
#include "core/domain/lifecycle.hpp"
#include "isthmus/arch/time.hpp"
#include "tests/unit/support/booted_machine.hpp"
#include "tests/unit/support/ringing_guests.hpp"

namespace isthmus::core {
namespace {

using test::booted;
using test::fake;
using test::FreshGuest;
using test::RingingGuests;

/// "shared's status", of all three domains.
const PeerStatusPage& page() {
    const HostAddress at = plan().regions.back().host[0].start();
    return *static_cast<const PeerStatusPage*>(static_cast<const void*>(fake().ram(at)));
}

struct Look {
    u32 state;
    u32 starts;
    u64 changed;
};

Look look(usize party) {
    const u64 word = page().slots.at(party).word.load();
    return {static_cast<u32>(word), static_cast<u32>(word >> 32),
            page().slots.at(party).changed.load()};
}

TEST(PeerStatus, AllWhoWereStartedRun) {
    booted();
    ASSERT_EQ(plan().regions.back().role, shm::RegionPlan::Role::status);
    EXPECT_EQ(page().magic, 0x7265'6550u);
    EXPECT_EQ(page().version, 1u);
    EXPECT_EQ(page().first_slot, 64u);
    EXPECT_EQ(page().slot_bytes, 16u);
    EXPECT_EQ(page().parties, 3u);
    EXPECT_EQ(page().frequency, arch::counter_frequency());
    for (usize party = 0; party < 3; ++party) {
        EXPECT_EQ(look(party).state, 2u) << party;
        EXPECT_EQ(look(party).starts, domains()[party].starts.load()) << party;
        EXPECT_GE(look(party).starts, 1u) << party;
    }
    EXPECT_EQ(look(3).state, 0u);
}

TEST(PeerStatus, BeforeTheFirstStartNobodyHasStarted) {
    booted();
    open_peer_status(plan().regions.back().host[0].start(), 3);
    EXPECT_EQ(look(0).state, 0u);
    EXPECT_EQ(look(0).starts, 0u);
    EXPECT_GE(fake().published_bytes, sizeof(PeerStatusPage)) << "also past the caches";
}

TEST(PeerStatus, EachStepThatPeersCareFor) {
    FreshGuest guest(1);
    const u32 before = look(0).state;
    const auto shown = [&](Domain::State state, StopReason reason) {
        fake().now += 1000;
        guest.domain.stop_reason.store(reason);
        set_state(guest.domain, state);
        return look(1).state;
    };
    guest.domain.starts.store(7);
    fake().published_bytes = 0;
    EXPECT_EQ(shown(Domain::State::running, StopReason::none), 2u);
    EXPECT_EQ(fake().published_bytes, sizeof(PeerSlot));
    const u64 since = fake().now;
    EXPECT_EQ(look(1).starts, 7u);
    EXPECT_EQ(look(1).changed, since);
    EXPECT_EQ(shown(Domain::State::stopping, StopReason::crash), 2u) << "it may still execute";
    EXPECT_EQ(look(1).changed, since);
    for (const StopReason reason : {StopReason::crash, StopReason::watchdog, StopReason::panic}) {
        EXPECT_EQ(shown(Domain::State::stopped, reason), 4u);
    }
    for (const StopReason reason : {StopReason::power_off, StopReason::reset,
                                    StopReason::all_vcpus_off, StopReason::suspend}) {
        EXPECT_EQ(shown(Domain::State::stopped, reason), 3u);
    }
    EXPECT_EQ(look(1).changed, fake().now);
    EXPECT_EQ(shown(Domain::State::dismantled, StopReason::power_off), 3u) << "gone is gone";
    EXPECT_EQ(look(0).state, before) << "another's slot";
}

TEST(PeerStatus, ItsPeersAreRungAndNobodysBudgetPays) {
    RingingGuests guests(3);
    guests.enable(1, RingingGuests::bell_intid);
    ring_peers(guests.domain(0), 1);
    EXPECT_EQ(take_rings(guests.domain(1)), 0u) << "of another region";
    for (int i = 0; i < 100; ++i) {
        ring_peers(guests.domain(0), 0);
        EXPECT_EQ(take_rings(guests.domain(1)), u64{1} << RingingGuests::bell(1, 0)) << i;
        EXPECT_EQ(guests.next_interrupt(1), RingingGuests::bell_intid) << i;
    }
    EXPECT_EQ(take_rings(guests.domain(0)), 0u) << "not itself";
    EXPECT_EQ(take_rings(guests.domain(2)), u64{1} << RingingGuests::bell(2, 0));
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).rings, 0u);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).coalesced, 0u);
    EXPECT_TRUE(guests.ring_peer(0, 1));
    EXPECT_EQ(guests.next_interrupt(1), RingingGuests::bell_intid);
    EXPECT_EQ(doorbell_counts(guests.domain(0), 0).delayed, 0u);
}

TEST(PeerStatus, AStepRingsByTheDoorbellsOfTheRegionItIsAbout) {
    RingingGuests guests(2);  // whose plan has the views of domU1, and a bell of region 0
    ASSERT_EQ(plan().regions.back().subject, 0u);
    guests.domain(0).stop_reason.store(StopReason::crash);
    set_state(guests.domain(0), Domain::State::stopping);
    EXPECT_EQ(take_rings(guests.domain(1)), 0u);
    set_state(guests.domain(0), Domain::State::stopped);
    EXPECT_EQ(take_rings(guests.domain(1)), 1u);
}

TEST(PeerStatus, APeerThatIsOffIsRungAsItsNodeSays) {
    for (const bool keeps : {true, false}) {
        RingingGuests guests(2, keeps);
        guests.domain(1).state.store(Domain::State::stopped);
        ring_peers(guests.domain(0), 0);
        EXPECT_EQ(take_rings(guests.domain(1)), keeps ? 1u : 0u);
        EXPECT_EQ(doorbell_counts(guests.domain(0), 0).off, 0u) << "not a ring of the guest's";
    }
}

}  // namespace
}  // namespace isthmus::core
