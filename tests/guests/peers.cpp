// SPDX-License-Identifier: Apache-2.0
// Looks at the status page of the region `id=` (docs/supervision.md), asleep until its doorbell
// rings. `do=` is a row of steps:
//   there:NAME    waits until that party runs, and remembers it
//   see:NAME=STATE  waits until it is in that state: running, stopped, crashed, building
//   other:NAME    waits until it runs, and is not the one that was remembered
//   later:N       does nothing for N ms
//   poke          writes to the page, which it may not
//   reset, panic  its own end; else it powers off
// All with the MMU off: the page is seen past the caches, too. Says what it saw, and "peers: ok" or
// "peers: FAILED: …".
#include "runtime/mmio.hpp"
#include "runtime/peer_bell.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr u64 panic_device = 0x2203'0000;  // where Isthmus's layout has it

constinit isthmus_peers peers{};
constinit PeerBell bell;
constinit u32 remembered = 0;

/// Asleep until `is_wanted` of the party; nothing: nobody rang in time.
template <class Wanted>
bool wait_for(u32 party, Wanted is_wanted) {
    for (;;) {
        isthmus_peer found{};
        if (isthmus_peer_look(&peers, party, &found) != ISTHMUS_OK ||
            (found.state != ISTHMUS_PEER_NOT_STARTED && found.changed > now())) {
            return false;
        }
        if (is_wanted(found)) {
            say("peers: party {} is {}, start {}", party,
                std::string_view(isthmus_peer_text(found.state)), found.starts);
            return true;
        }
        if (bell.wait() != Status::ok) {
            return false;
        }
    }
}

/// The part before `mark`, which goes out of `text` with it.
std::string_view cut(std::string_view& text, char mark) {
    const usize at = text.find(mark);
    const std::string_view part{text.data(), at < text.size() ? at : text.size()};
    text.remove_prefix(at < text.size() ? at + 1 : text.size());
    return part;
}

u32 party_of(const SharedRegion& region, std::string_view name) {
    for (u32 party = 0; party < region.shown.parties; ++party) {
        if (name == isthmus_party_name(&region.shown, party)) {
            return party;
        }
    }
    return region.shown.parties;
}

bool do_step(const SharedRegion& region, std::string_view verb, std::string_view argument) {
    const std::string_view name = cut(argument, '=');
    const u32 party = party_of(region, name);
    if (verb == "there") {
        return wait_for(party, [](const isthmus_peer& found) {
            remembered = found.starts;
            return found.state == ISTHMUS_PEER_RUNNING;
        });
    }
    if (verb == "see") {
        return wait_for(party, [&](const isthmus_peer& found) {
            return argument == isthmus_peer_text(found.state);
        });
    }
    if (verb == "other") {
        return wait_for(party, [&](const isthmus_peer& found) {
            return found.state == ISTHMUS_PEER_RUNNING &&
                   !isthmus_peer_is_same(&peers, party, remembered);
        });
    }
    if (verb == "later") {
        wait_until(now() + milliseconds(100));
        return true;
    }
    if (verb == "poke") {
        write32(region.shown.status, 0);
        return false;
    }
    if (verb == "reset") {
        hvc(psci::system_reset);
    } else if (verb == "panic") {
        write8(panic_device, 1);
    }
    return false;
}

}  // namespace

void guest_main() {
    const auto region = find_shared_region(tree().blob(), tree().option("id", "talk"));
    if (!region || region->shown.parties < 2 || region->shown.status == 0) {
        die("peers: FAILED: no region with a status page");
    }
    const auto* page = reinterpret_cast<const void*>(region->shown.status);
    if (isthmus_peers_open(&peers, page, region->shown.status_size) != ISTHMUS_OK ||
        peers.parties != region->shown.parties ||
        !isthmus_peer_is_there(&peers, region->shown.party)) {
        die("peers: FAILED: no status page where the tree says");
    }
    bell.open(*region, region->shown.party == 0 ? 1 : 0);
    std::string_view rest = tree().option("do");
    while (!rest.empty()) {
        std::string_view argument = cut(rest, ',');
        const std::string_view step = argument;
        const std::string_view verb = cut(argument, ':');
        if (!do_step(*region, verb, argument)) {
            say("peers: FAILED: {}", step);
            return;
        }
    }
    say("peers: ok");
}

}  // namespace isthmus::guest
