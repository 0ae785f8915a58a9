// SPDX-License-Identifier: Apache-2.0
// Two guests and one shared region. `role=a id=demo`: writes a message, prints the answer.
// `role=b id=demo`: prints the message, answers. Each ends with "pair: ok" or "pair: FAILED".
// The first half of the region is the queue from A to B, the second half that from B to A.
// `notes=ID` names a region that A writes and B may only read: B tries to write it all the same.
#include "runtime/exceptions.hpp"
#include "runtime/mmio.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/shared_region.hpp"
#include "runtime/spsc_queue.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Some seconds of waiting, so that a lost peer is a failure and not a hang.
bool expired(u64 start) {
    return GUEST_READ_SYSREG(cntvct_el0) - start > 20 * GUEST_READ_SYSREG(cntfrq_el0);
}

bool send(SpscSender& queue, std::string_view text) {
    const auto sent = queue.send(bytes_of(text));
    if (!sent) {
        say("pair: sending failed, error {}", static_cast<u32>(sent.error()));
    }
    return sent.has_value();
}

/// Waits for one message and prints it under `whose` name; false when none came in time, or a bad
/// one.
bool receive(SpscReceiver& queue, std::string_view whose, std::string_view expected) {
    std::byte buffer[256];
    const u64 start = GUEST_READ_SYSREG(cntvct_el0);
    auto message = queue.receive(buffer);
    while (!message && message.error() == Error::not_found && !expired(start)) {
        relax();
        message = queue.receive(buffer);
    }
    if (!message) {
        say("pair: receiving failed, error {}", static_cast<u32>(message.error()));
        return false;
    }
    say("pair: {} says: {}", whose, text_of(*message));
    return text_of(*message) == expected;
}

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

bool exchange(std::string_view role, std::span<std::byte> bytes) {
    constexpr std::string_view question = "Is anybody on the other side?";
    constexpr std::string_view answer = "Yes: one region, two guests.";
    const usize half = bytes.size() / 2;
    if (role == "a") {
        SpscSender to_b(bytes.first(half));
        SpscReceiver from_b(bytes.subspan(half));
        if (const auto notes = find_notes()) {
            write32(*notes, the_note);
        }
        return send(to_b, question) && receive(from_b, "B", answer);
    }
    SpscReceiver from_a(bytes.first(half));
    SpscSender to_a(bytes.subspan(half));
    if (!receive(from_a, "A", question)) {
        return false;
    }
    const auto notes = find_notes();
    return (!notes || read_notes(*notes)) && send(to_a, answer);
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
    say(exchange(role, region->bytes) ? "pair: ok" : "pair: FAILED");
}

}  // namespace isthmus::guest
