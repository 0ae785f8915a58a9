// SPDX-License-Identifier: Apache-2.0
// Two guests and one shared region. `role=a id=demo`: sends a message, prints the answer.
// `role=b id=demo`: prints the message, answers. Each ends with "pair: ok" or "pair: FAILED". Where
// the region has doorbells each sleeps until it is rung. tests/guests/linux/shm_talk.c is either
// side on Linux.
// `peer=NAME`: whom to talk to where there are more than two; `patience=SECONDS`: how long to wait.
// `notes=ID` names a region that A writes and B may only read: B tries to write it all the same.
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/mmio.hpp"
#include "runtime/mmu.hpp"
#include "runtime/peer_bell.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The channel to the other party, and its bell.
struct Peer {
    Channel channel;
    PeerBell bell;

    bool open(const SharedRegion& region, bool is_a) {
        const isthmus_region& shown = region.shown;
        const u32 me = shown.parties != 0 ? shown.party : (is_a ? 0 : 1);
        const std::string_view name = tree().option("peer");
        u32 other = me == 0 ? 1 : 0;
        for (u32 i = 0; !name.empty() && i < shown.parties; ++i) {
            other = isthmus_party_name(&shown, i) == name ? i : other;
        }
        bell.open(region, other);
        const Status status =
            channel.open(region.bytes, shown.parties != 0 ? shown.parties : 2, me, other);
        return status == Status::ok;
    }
    bool send(std::string_view text) {
        const Status status = channel.send(bytes_of(text), bell);
        if (status != Status::ok) {
            say("pair: sending failed: {}", guest::text_of(status));
        }
        return status == Status::ok;
    }
    /// Waits for one message and prints it under `whose` name; false when none came in time, or
    /// another than this.
    bool receive(std::string_view whose, std::string_view expected) {
        std::byte buffer[256];
        const Received received = channel.receive(buffer, bell);
        if (!received) {
            say("pair: receiving failed: {}", guest::text_of(received.status));
            return false;
        }
        say("pair: {} says: {}", whose, text_of(received.message));
        return text_of(received.message) == expected;
    }
};

constexpr u32 the_note = 0x0ddc'0ffe;

/// Where the notes are; nothing when this run has none.
std::optional<u64> find_notes() {
    const std::string_view id = tree().option("notes");
    if (id.empty()) {
        return std::nullopt;
    }
    const auto region = find_shared_region(tree().blob(), id);
    if (!region) {
        die("no region for notes in the tree");
    }
    return reinterpret_cast<u64>(region->bytes.data());
}

/// B's part with the notes: true when the store is refused and changed nothing.
bool read_notes(u64 notes) {
    const u32 before = read32(notes);
    const auto fault = catch_fault([&] { write32(notes, 0xbad); });
    const u32 after = read32(notes);
    say("pair: A's note is {x}; writing it is {}", before, fault ? "refused" : "not refused");
    return before == the_note && after == the_note && fault &&
           fault->exception_class() == ec_data_abort;
}

bool exchange(std::string_view role, const SharedRegion& region) {
    constexpr std::string_view question = "Is anybody on the other side?";
    constexpr std::string_view answer = "Yes: one region, two guests.";
    Peer peer;
    if (!peer.open(region, role == "a")) {
        return false;
    }
    bool done = false;
    if (role == "a") {
        if (const auto notes = find_notes()) {
            write32(*notes, the_note);
        }
        done = peer.send(question) && peer.receive("B", answer);
    } else if (peer.receive("A", question)) {
        const auto notes = find_notes();
        done = (!notes || read_notes(*notes)) && peer.send(answer);
    }
    if (peer.bell.is_there()) {
        say("pair: rang {} times, was rung {} times, did not poll", peer.bell.rings(),
            peer.bell.wakes());
    }
    return done;
}

}  // namespace

void guest_main() {
    enable_mmu();
    const std::string_view role = tree().option("role", "a");
    const std::string_view id = tree().option("id", "demo");
    const auto region = find_shared_region(tree().blob(), id);
    if (!region) {
        say("pair: FAILED: no region \"{}\" in the tree", id);
        return;
    }
    say("pair: role {}, region \"{}\" at {x}, {}", role, id,
        reinterpret_cast<u64>(region->bytes.data()), byte_size(region->bytes.size()));
    say(exchange(role, *region) ? "pair: ok" : "pair: FAILED");
}

}  // namespace isthmus::guest
