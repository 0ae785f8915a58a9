// SPDX-License-Identifier: Apache-2.0
// isthmus_shm.h for C++20: spans, optional, and an enum of its answers. Freestanding, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "isthmus_shm.h"

namespace isthmus::guest {

/// The statuses of isthmus_status.h by their names here.
enum class Status : int {
    ok = ISTHMUS_OK,
    empty = ISTHMUS_EMPTY,
    full = ISTHMUS_FULL,
    not_ready = ISTHMUS_NOT_READY,
    too_long = ISTHMUS_TOO_LONG,
    corrupt = ISTHMUS_CORRUPT,
    version = ISTHMUS_VERSION,
    byte_order = ISTHMUS_BYTE_ORDER,
    invalid = ISTHMUS_INVALID,
    not_found = ISTHMUS_NOT_FOUND,
    bad_tree = ISTHMUS_BAD_TREE,
    timeout = ISTHMUS_TIMEOUT,
    read_only = ISTHMUS_READ_ONLY,
    system = ISTHMUS_SYSTEM,
};

inline std::string_view text_of(Status status) {
    return isthmus_status_text(static_cast<int>(status));
}

struct SharedRegion {
    std::span<std::byte>
        bytes;                 ///< at its guest address: reachable with the MMU off, or mapped 1:1
    std::uint64_t offset = 0;  ///< where this view starts within the region
    isthmus_region shown{};    ///< all that the tree says
};

/// The region of this id in the tree at `tree`, of which `size` bytes may be read.
inline std::optional<SharedRegion> find_shared_region(const void* tree, std::string_view id,
                                                      std::size_t size = ISTHMUS_BOOT_TREE_SIZE) {
    char text[64] = {};
    if (id.size() >= sizeof(text)) {
        return std::nullopt;
    }
    id.copy(text, id.size());
    SharedRegion found;
    if (isthmus_find_by_id(tree, size, text, id.size() + 1, &found.shown) != ISTHMUS_OK) {
        return std::nullopt;
    }
    found.bytes = {reinterpret_cast<std::byte*>(found.shown.address), found.shown.size};
    found.offset = found.shown.offset;
    return found;
}

/// A region whose id is one 32-bit cell.
inline std::optional<SharedRegion> find_shared_region(const void* tree, std::uint32_t id,
                                                      std::size_t size = ISTHMUS_BOOT_TREE_SIZE) {
    SharedRegion found;
    if (isthmus_find_numbered_region(tree, size, id, &found.shown) != ISTHMUS_OK) {
        return std::nullopt;
    }
    found.bytes = {reinterpret_cast<std::byte*>(found.shown.address), found.shown.size};
    found.offset = found.shown.offset;
    return found;
}

/// What Channel::receive() answers: the message, in the caller's buffer, when the status is ok.
struct Received {
    Status status = Status::empty;
    std::span<const std::byte> message;
    std::uint32_t length = 0;  ///< also of one that is too long for the buffer

    explicit operator bool() const { return status == Status::ok; }
};

/// One party's end (isthmus_channel.h). `Bell` has ring(), and wait(), which answers a Status.
class Channel {
  public:
    /// Begins in the region's areas for these two of its parties.
    Status open(std::span<std::byte> region, std::uint32_t parties, std::uint32_t me,
                std::uint32_t peer) {
        return as_status(isthmus_channel_open_region(&channel_, region.data(), region.size(),
                                                     parties, me, peer));
    }
    /// Begins in areas of the caller's choice, such as two regions that one party only reads each.
    Status open(std::span<std::byte> mine, std::span<const std::byte> theirs) {
        return as_status(isthmus_channel_open(&channel_, mine.data(), mine.size(), theirs.data(),
                                              theirs.size()));
    }
    void close() { isthmus_channel_close(&channel_); }

    /// Longest message that may be sent.
    std::uint32_t capacity() const { return channel_.ring_out - ISTHMUS_RECORD_HEADER; }

    /// isthmus_channel_session(): to send again what a peer that was restarted did not answer.
    std::uint32_t session() const { return isthmus_channel_session(&channel_); }

    Status send(std::span<const std::byte> message) {
        return as_status(
            isthmus_channel_send(&channel_, message.data(), length_of(message.size())));
    }
    Received receive(std::span<std::byte> buffer) {
        Received received;
        received.status = as_status(isthmus_channel_receive(
            &channel_, buffer.data(), length_of(buffer.size()), &received.length));
        received.message = buffer.first(received ? received.length : 0);
        return received;
    }

    bool must_ring() { return isthmus_channel_must_ring(&channel_); }
    bool arm(std::uint32_t wants, std::size_t length = 0) {
        return isthmus_channel_arm(&channel_, wants, length_of(length));
    }
    void disarm() { isthmus_channel_disarm(&channel_); }

    /// The same, asleep until there is room, or a message. `in_session`: not_ready as soon as the
    /// session is another one (isthmus_channel_receive_in()); 0: any.
    template <class Bell>
    Status send(std::span<const std::byte> message, Bell& bell) {
        const isthmus_bell calls = calls_of(bell);
        return as_status(isthmus_channel_send_wait(&channel_, &calls, message.data(),
                                                   length_of(message.size())));
    }
    template <class Bell>
    Received receive(std::span<std::byte> buffer, Bell& bell, std::uint32_t in_session = 0) {
        const isthmus_bell calls = calls_of(bell);
        Received received;
        received.status =
            as_status(isthmus_channel_receive_in(&channel_, &calls, in_session, buffer.data(),
                                                 length_of(buffer.size()), &received.length));
        received.message = buffer.first(received ? received.length : 0);
        return received;
    }

  private:
    static Status as_status(int status) { return static_cast<Status>(status); }
    /// Longer ones are too long anyway.
    static std::uint32_t length_of(std::size_t size) {
        return size < 0xffff'ffff ? static_cast<std::uint32_t>(size) : 0xffff'ffff;
    }
    template <class Bell>
    static isthmus_bell calls_of(Bell& bell) {
        return {[](void* context) { static_cast<Bell*>(context)->ring(); },
                [](void* context) { return static_cast<int>(static_cast<Bell*>(context)->wait()); },
                &bell};
    }

    isthmus_channel channel_{};
};

}  // namespace isthmus::guest
