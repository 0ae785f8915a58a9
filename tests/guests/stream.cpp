// SPDX-License-Identifier: Apache-2.0
// How fast bytes go from guest to guest: `role=send` sends messages of 1 KiB through the queue,
// `role=receive` times how long all of them take, and how long the same amount takes to be copied
// inside one guest. Prints "bench: NAME COUNT" lines.
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
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

void send_all(Channel& queue) {
    for (u64 i = 0; i < messages; ++i) {
        Message& message = sources[i % 8];
        number(message, i);
        while (queue.send(message.bytes) != Status::ok) {
            relax();
        }
    }
}

std::span<const std::byte> receive_one(Channel& queue, std::span<std::byte> buffer) {
    Received received = queue.receive(buffer);
    while (received.status == Status::empty || received.status == Status::not_ready) {
        relax();
        received = queue.receive(buffer);
    }
    if (!received) {
        die("a message did not arrive whole");
    }
    return received.message;
}

/// From the word that starts the sender to the last message.
u64 queue_ticks(Channel& queue) {
    while (queue.send(std::as_bytes(std::span("go"))) != Status::ok) {
        relax();  // the sender is not there yet
    }
    const u64 start = now();
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
    Channel queue;
    const bool sends = tree().option("role") == "send";
    if (queue.open(region->bytes, 2, sends ? 0 : 1, sends ? 1 : 0) != Status::ok) {
        die("the region is too small");
    }
    if (sends) {
        receive_one(queue, targets[0].bytes);
        send_all(queue);
        return;
    }
    say("bench: copy-ticks {}", copy_ticks());
    say("bench: queue-ticks {}", queue_ticks(queue));
    say("bench: stream-bytes {}", total_bytes);
    say("bench: ticks-a-second {}", GUEST_READ_SYSREG(cntfrq_el0));
}

}  // namespace isthmus::guest
