// SPDX-License-Identifier: Apache-2.0
// A queue of messages in shared memory between one sender and one receiver, who may be different
// guests. All-zero memory, as Isthmus hands it out, is the empty queue: nobody must go first.
//
//     byte 0       64        128                                   size
//     | sent       | taken    | ring: [length][checksum][payload …][length]… |
//
// `sent` and `taken` count bytes for ever and stand in cache lines of their own; the place in the
// ring is the count modulo its size, a power of two. The sender stores the bytes, then `sent` with
// release; the receiver loads `sent` with acquire, so it sees the bytes. The same holds for `taken`
// and the space it gives back. Neither side believes the other: a count or length that cannot be is
// an error value, never an access outside the ring.
#pragma once

#include <bit>
#include <optional>
#include <span>

#include "isthmus/atomic.hpp"
#include "isthmus/result.hpp"
#include "isthmus/units.hpp"
#include "runtime/checksum.hpp"

namespace isthmus::guest {

class SpscRing {
  public:
    static constexpr u64 header_bytes = 128;
    static constexpr u64 record_header = 8;

    /// `memory` is 8-byte aligned and at least 256 bytes long; both sides name the same bytes.
    explicit SpscRing(std::span<std::byte> memory)
        : sent_(reinterpret_cast<Atomic<u64>*>(memory.data())),
          taken_(reinterpret_cast<Atomic<u64>*>(memory.data() + 64)),
          ring_(memory.subspan(header_bytes, std::bit_floor(memory.size() - header_bytes))) {}

    u64 capacity() const { return ring_.size() - record_header; }

  protected:
    static u64 record_size(u64 length) { return record_header + align_up(length, 8); }

    /// What stands before every message.
    struct Record {
        u32 length = 0;
        u32 sum = 0;
    };

    /// In two pieces when it runs over the end of the ring.
    void copy_in(u64 position, const void* from, u64 size) {
        const u64 first = before_end(position, size);
        __builtin_memcpy(&ring_[place(position)], from, first);
        __builtin_memcpy(ring_.data(), static_cast<const std::byte*>(from) + first, size - first);
    }
    void copy_out(u64 position, void* to, u64 size) const {
        const u64 first = before_end(position, size);
        __builtin_memcpy(to, &ring_[place(position)], first);
        __builtin_memcpy(static_cast<std::byte*>(to) + first, ring_.data(), size - first);
    }
    u64 place(u64 position) const { return position & (ring_.size() - 1); }
    u64 before_end(u64 position, u64 size) const {
        const u64 left = ring_.size() - place(position);
        return size < left ? size : left;
    }

    Atomic<u64>* sent_;
    Atomic<u64>* taken_;
    std::span<std::byte> ring_;
};

class SpscSender : public SpscRing {
  public:
    using SpscRing::SpscRing;

    /// out_of_memory: no room now, try again; invalid_argument: never fits; denied: the receiver
    /// wrote nonsense.
    Result<void> send(std::span<const std::byte> message) {
        const u64 sent = sent_->load(Order::relaxed);  // only this side writes it
        const u64 used = sent - taken_->load();
        const u64 size = record_size(message.size());
        if (used > ring_.size()) {
            return fail(Error::denied);
        }
        if (size > ring_.size()) {
            return fail(Error::invalid_argument);
        }
        if (size > ring_.size() - used) {
            return fail(Error::out_of_memory);
        }
        const Record record{static_cast<u32>(message.size()), checksum(message)};
        copy_in(sent, &record, record_header);
        copy_in(sent + record_header, message.data(), message.size());
        sent_->store(sent + size);
        return {};
    }
};

class SpscReceiver : public SpscRing {
  public:
    using SpscRing::SpscRing;

    /// The message, copied into `buffer` first, so that the sender cannot change it any more.
    /// not_found: none waits; out_of_range: longer than the buffer; denied: counts, length or
    /// checksum cannot be right.
    Result<std::span<const std::byte>> receive(std::span<std::byte> buffer) {
        const u64 taken = taken_->load(Order::relaxed);  // only this side writes it
        const u64 waiting = sent_->load() - taken;
        if (waiting == 0) {
            return fail(Error::not_found);
        }
        Record record;
        copy_out(taken, &record, record_header);
        const u64 length = record.length;
        if (waiting > ring_.size() || record_size(length) > waiting) {
            return fail(Error::denied);
        }
        if (length > buffer.size()) {
            return fail(Error::out_of_range);
        }
        copy_out(taken + record_header, buffer.data(), length);
        taken_->store(taken + record_size(length));
        const std::span<const std::byte> message = buffer.first(length);
        if (checksum(message) != record.sum) {
            return fail(Error::denied);
        }
        return message;
    }
};

}  // namespace isthmus::guest
