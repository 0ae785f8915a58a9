// SPDX-License-Identifier: Apache-2.0
// Status pages of shared regions (docs/supervision.md): what has become of each party, for all of
// them to read. Guests see the same layout in include/isthmus_guest/isthmus_peer.h.
//
// One writer a slot: a domain's life goes one step at a time, and each party has its own slot. The
// state and the count are one word, stored at once; the time is stored before it, so who reads
// word, time, and the same word again has a time that is not older than the word.
#pragma once

#include <array>
#include <optional>

#include "isthmus/atomic.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/range.hpp"

namespace isthmus::core {

struct Domain;

/// What peers are shown of a domain's state. Numbers of the layout.
enum class PeerState : u32 { not_started, building, running, stopped, crashed };

struct PeerSlot {
    Atomic<u64> word;     ///< 31:0 PeerState; 63:32 how often it has begun to run
    Atomic<u64> changed;  ///< arch::counter
};

struct PeerStatusPage {
    static constexpr u32 magic_word = 0x7265'6550;  ///< "Peer"
    static constexpr u32 this_version = 1;

    u32 magic = magic_word;
    u32 version = this_version;
    u32 first_slot = 0;  ///< where slots begin, in bytes
    u32 slot_bytes = sizeof(PeerSlot);
    u32 parties = 0;
    u32 reserved = 0;
    u64 frequency = 0;  ///< ticks in a second
    std::array<u64, 4> reserved_more{};
    std::array<PeerSlot, limits::shm_nodes_per_region> slots;  ///< by party
};
static_assert(sizeof(PeerSlot) == 16 && offsetof(PeerStatusPage, slots) == 64);
static_assert(sizeof(PeerStatusPage) <= page_size);

/// Nothing: what was shown last still holds. One that is stopping may still execute.
std::optional<PeerState> shown_state(const Domain& domain);

/// The page as it is before anybody has started. `page`: cleared, and in Isthmus's map for good.
/// Boot CPU.
void open_peer_status(HostAddress page, usize parties);

/// A domain's state has changed: its slots say so, and peers are rung by the doorbells of those
/// regions that have some. What peers need not know changes nothing. Any CPU, one at a time for
/// each domain, with no lock held.
void tell_peers(Domain& domain);

}  // namespace isthmus::core
