// SPDX-License-Identifier: Apache-2.0
// How fast bytes go from guest to guest: `role=send` sends messages of 1 KiB through the queue,
// `role=receive` times how long all of them take, and how long the same amount takes to be copied
// inside one guest. Prints "bench: NAME COUNT" lines.
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/shared_region.hpp"
#include "runtime/spsc_queue.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr u64 message_bytes = KiB;
constexpr u64 total_bytes = 8 * MiB;
constexpr u64 messages = total_bytes / message_bytes;

struct alignas(64) Message {
    std::byte bytes[message_bytes]{};
};

constinit Message sources[8];
constinit Message targets[8];

/// The first word is the message's number, so that a lost one is noticed.
void number(Message& message, u64 value) {
    __builtin_memcpy(message.bytes, &value, sizeof(value));
}
u64 number_of(std::span<const std::byte> bytes) {
    u64 value = 0;
    __builtin_memcpy(&value, bytes.data(), sizeof(value));
    return value;
}

u64 copy_ticks() {
    const u64 start = now();
    for (u64 i = 0; i < messages; ++i) {
        __builtin_memcpy(targets[i % 8].bytes, sources[i % 8].bytes, message_bytes);
        asm volatile("" ::: "memory");  // every copy is made
    }
    return now() - start;
}

void send_all(SpscSender& queue) {
    for (u64 i = 0; i < messages; ++i) {
        Message& message = sources[i % 8];
        number(message, i);
        while (!queue.send(message.bytes)) {
            relax();
        }
    }
}

std::span<const std::byte> receive_one(SpscReceiver& queue, std::span<std::byte> buffer) {
    auto message = queue.receive(buffer);
    while (!message && message.error() == Error::not_found) {
        relax();
        message = queue.receive(buffer);
    }
    if (!message) {
        die("a message did not arrive whole");
    }
    return *message;
}

/// From the word that starts the sender to the last message.
u64 queue_ticks(SpscSender& to_sender, SpscReceiver& queue) {
    const u64 start = now();
    static_cast<void>(to_sender.send(std::as_bytes(std::span("go"))));
    for (u64 i = 0; i < messages; ++i) {
        if (number_of(receive_one(queue, targets[i % 8].bytes)) != i) {
            die("messages out of order");
        }
    }
    return now() - start;
}

}  // namespace

void guest_main() {
    enable_mmu();
    const auto region = find_shared_region(tree().blob(), "stream");
    if (!region) {
        die("no region \"stream\" in the tree");
    }
    const usize half = region->bytes.size() / 2;
    const auto forward = region->bytes.first(half);
    const auto backward = region->bytes.subspan(half);
    if (tree().option("role") == "send") {
        SpscSender queue(forward);
        SpscReceiver start(backward);
        receive_one(start, targets[0].bytes);
        send_all(queue);
        return;
    }
    SpscSender start(backward);
    SpscReceiver queue(forward);
    say("bench: copy-ticks {}", copy_ticks());
    say("bench: queue-ticks {}", queue_ticks(start, queue));
    say("bench: stream-bytes {}", total_bytes);
    say("bench: ticks-a-second {}", GUEST_READ_SYSREG(cntfrq_el0));
}

}  // namespace isthmus::guest
