// SPDX-License-Identifier: Apache-2.0
// Messages between two parties of a shared region, both ways: a queue for one sender and one
// receiver in each direction, in the layout of isthmus_area.h.
//
// The peer may write anything at any time. Each of its numbers is loaded once, and checked, before
// it is used; nothing outside the two areas is touched, no loop is longer than a message.
//
// A channel belongs to one thread at a time.
#ifndef ISTHMUS_CHANNEL_H
#define ISTHMUS_CHANNEL_H

#include "isthmus_area.h"

#if defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

/// One party's end. Its fields are its own affair; nothing of it lies in shared memory.
struct isthmus_channel {
    struct isthmus_area* mine;
    const struct isthmus_area* theirs;
    uint32_t theirs_bytes;       // of the area, as this party sees it
    uint32_t ring_out, ring_in;  // bytes
    uint32_t generation;         // own
    uint32_t seen;               // the peer's that this session is with; 0: no session
    bool left;                   // the peer has left this session
    uint32_t sent, taken;
    uint32_t naps;  // how often this party went to sleep
    uint32_t rung;  // the peer's sleep that it was rung from last
    uint32_t did;   // what the peer may have waited for, and has now
};

/// Begins: `mine` is this party's area, which the peer reads, and `theirs` the peer's. They need
/// not be of one size. Zeroed memory and what an earlier session left are both fine; neither party
/// has to be first, and each may begin again at any time: messages that are under way then are
/// lost. OK; INVALID: not 8-byte aligned, or no room for the smallest ring.
static inline int isthmus_channel_open(struct isthmus_channel* channel, void* mine,
                                       size_t mine_bytes, const void* theirs, size_t theirs_bytes) {
    struct isthmus_area* area = (struct isthmus_area*)mine;
    if (((uintptr_t)mine | (uintptr_t)theirs) % 8 != 0 ||
        mine_bytes < ISTHMUS_AREA_HEADER + ISTHMUS_SMALLEST_RING ||
        theirs_bytes < ISTHMUS_AREA_HEADER + ISTHMUS_SMALLEST_RING) {
        return ISTHMUS_INVALID;
    }
    const struct isthmus_channel fresh = {
        area, (const struct isthmus_area*)theirs, 0, 0, 0, 0, 0, false, 0, 0, 0, 0, 0};
    *channel = fresh;
    channel->theirs_bytes = theirs_bytes < 0x80000000u ? (uint32_t)theirs_bytes : 0x80000000u;
    channel->ring_out = isthmus_largest_ring(mine_bytes);
    channel->generation = (ISTHMUS_LOAD(&area->generation) | 3u) + 1u + ISTHMUS_THERE;
    channel->did = ISTHMUS_WANT_MESSAGE | ISTHMUS_WANT_ROOM;
    ISTHMUS_STORE(&area->generation, channel->generation - ISTHMUS_THERE);
    // Whoever sees one of these sees that the earlier session is over.
    ISTHMUS_STORE_RELEASE(&area->seen, 0u);
    ISTHMUS_STORE_RELEASE(&area->sent, 0u);
    ISTHMUS_STORE_RELEASE(&area->taken, 0u);
    ISTHMUS_STORE_RELEASE(&area->asleep, 0u);
    ISTHMUS_STORE(&area->magic, ISTHMUS_CHANNEL_MAGIC);
    ISTHMUS_STORE(&area->version, ISTHMUS_CHANNEL_VERSION);
    ISTHMUS_STORE(&area->header_bytes, ISTHMUS_AREA_HEADER);
    ISTHMUS_STORE(&area->ring_bytes, channel->ring_out);
    ISTHMUS_STORE_RELEASE(&area->generation, channel->generation);
    return ISTHMUS_OK;
}

/// Begins with the areas that isthmus_area_of() gives. `region`: where the caller sees it.
static inline int isthmus_channel_open_region(struct isthmus_channel* channel, void* region,
                                              size_t region_bytes, uint32_t parties, uint32_t me,
                                              uint32_t peer) {
    size_t mine = 0;
    size_t theirs = 0;
    size_t bytes = 0;
    int status = isthmus_area_of(region_bytes, parties, me, peer, &mine, &bytes);
    if (status == ISTHMUS_OK) {
        status = isthmus_area_of(region_bytes, parties, peer, me, &theirs, &bytes);
    }
    if (status != ISTHMUS_OK) {
        return status;
    }
    return isthmus_channel_open(channel, (uint8_t*)region + mine, bytes,
                                (const uint8_t*)region + theirs, bytes);
}

/// Leaves: the peer may still receive what was sent, then finds NOT_READY. Ring it if
/// isthmus_channel_must_ring() says so.
static inline void isthmus_channel_close(struct isthmus_channel* channel) {
    channel->generation = (channel->generation & ~3u) | ISTHMUS_LEFT;
    channel->seen = 0;
    channel->did = ISTHMUS_WANT_MESSAGE | ISTHMUS_WANT_ROOM;
    ISTHMUS_STORE_RELEASE(&channel->mine->generation, channel->generation);
}

/// Whether this is the generation of a peer that was here, and has left since.
static inline bool isthmus_has_left(const struct isthmus_channel* channel, uint32_t generation) {
    return channel->seen != 0 && generation == channel->seen - ISTHMUS_THERE + ISTHMUS_LEFT;
}

/// Whether the peer's counters, loaded with acquire before, are those of this session.
static inline bool isthmus_same_session(const struct isthmus_channel* channel) {
    const uint32_t generation = ISTHMUS_LOAD(&channel->theirs->generation);
    return generation == channel->seen || isthmus_has_left(channel, generation);
}

/// What the peer says about its area, checked. `generation`: the one that it belongs to.
static inline int isthmus_check_peer(struct isthmus_channel* channel, uint32_t generation) {
    const struct isthmus_area* area = channel->theirs;
    const uint32_t magic = ISTHMUS_LOAD_ACQUIRE(&area->magic);
    const uint32_t version = ISTHMUS_LOAD_ACQUIRE(&area->version);
    const uint32_t header = ISTHMUS_LOAD_ACQUIRE(&area->header_bytes);
    const uint32_t ring = ISTHMUS_LOAD_ACQUIRE(&area->ring_bytes);
    if (ISTHMUS_LOAD(&area->generation) != generation) {
        return ISTHMUS_NOT_READY;
    }
    if (magic != ISTHMUS_CHANNEL_MAGIC) {
        return magic == __builtin_bswap32(ISTHMUS_CHANNEL_MAGIC) ? ISTHMUS_BYTE_ORDER
                                                                 : ISTHMUS_CORRUPT;
    }
    if (version != ISTHMUS_CHANNEL_VERSION) {
        return ISTHMUS_VERSION;
    }
    if (header != ISTHMUS_AREA_HEADER || ring < ISTHMUS_SMALLEST_RING || (ring & (ring - 1)) != 0 ||
        ring > channel->theirs_bytes - ISTHMUS_AREA_HEADER) {
        return ISTHMUS_CORRUPT;
    }
    channel->ring_in = ring;
    return ISTHMUS_OK;
}

/// OK when both have seen each other; begins anew with a peer that has. NOT_READY and `left`: the
/// peer has left, and what it sent still counts.
static inline int isthmus_session(struct isthmus_channel* channel) {
    const uint32_t generation = ISTHMUS_LOAD_ACQUIRE(&channel->theirs->generation);
    channel->left = isthmus_has_left(channel, generation);
    if ((generation & 3u) != ISTHMUS_THERE) {
        channel->seen = channel->left ? channel->seen : 0;
        channel->left =
            channel->left && ISTHMUS_LOAD_ACQUIRE(&channel->theirs->seen) == channel->generation;
        return ISTHMUS_NOT_READY;
    }
    if (generation != channel->seen) {
        const int status = isthmus_check_peer(channel, generation);
        if (status != ISTHMUS_OK) {
            return status;
        }
        channel->sent = 0;
        channel->taken = 0;
        channel->rung = 0;
        channel->seen = generation;
        channel->did = ISTHMUS_WANT_MESSAGE | ISTHMUS_WANT_ROOM;
        ISTHMUS_STORE(&channel->mine->sent, 0u);
        ISTHMUS_STORE(&channel->mine->taken, 0u);
        ISTHMUS_STORE_RELEASE(&channel->mine->seen, generation);
    }
    return ISTHMUS_LOAD_ACQUIRE(&channel->theirs->seen) == channel->generation ? ISTHMUS_OK
                                                                               : ISTHMUS_NOT_READY;
}

/// Which session this is, as a number; 0: none yet. Another one after the peer has begun again, by
/// itself or because it was restarted: of what was sent before, and is not answered, nobody knows
/// whether it was received. To lose nothing: note it behind each send, and when another one is
/// found where an answer is waited for (isthmus_channel_receive_in() does), send again. The
/// receiver keeps the number of the last message that it has answered where it outlasts a restart,
/// and knows a repeated one by it. docs/shared-memory.md shows both sides.
static inline uint32_t isthmus_channel_session(const struct isthmus_channel* channel) {
    return channel->seen;
}

/// Puts one message into the ring. OK; FULL; NOT_READY; TOO_LONG: never fits; CORRUPT, VERSION,
/// BYTE_ORDER: of the peer. Does not ring: isthmus_channel_must_ring() after one or many.
static inline int isthmus_channel_send(struct isthmus_channel* channel, const void* message,
                                       uint32_t length) {
    if (length > channel->ring_out - ISTHMUS_RECORD_HEADER) {
        return ISTHMUS_TOO_LONG;
    }
    const int status = isthmus_session(channel);
    if (status != ISTHMUS_OK) {
        return status;
    }
    const uint32_t used = channel->sent - ISTHMUS_LOAD_ACQUIRE(&channel->theirs->taken);
    const uint32_t record = isthmus_record_bytes(length);
    if (!isthmus_same_session(channel)) {
        return ISTHMUS_NOT_READY;
    }
    if (used > channel->ring_out || used % 8 != 0) {
        return ISTHMUS_CORRUPT;
    }
    if (record > channel->ring_out - used) {
        return ISTHMUS_FULL;
    }
    uint64_t* ring = isthmus_ring_of(channel->mine);
    const uint64_t head = (uint64_t)(~channel->sent) << 32 | length;
    ISTHMUS_STORE(&ring[channel->sent / 8 & (channel->ring_out / 8 - 1)], head);
    isthmus_copy_in(ring, channel->ring_out, channel->sent + ISTHMUS_RECORD_HEADER,
                    (const uint8_t*)message, length);
    channel->sent += record;
    channel->did |= ISTHMUS_WANT_MESSAGE;
    ISTHMUS_STORE_RELEASE(&channel->mine->sent, channel->sent);
    return ISTHMUS_OK;
}

/// Copies the oldest message out, so that the peer cannot change it any more. OK; EMPTY; NOT_READY;
/// TOO_LONG: longer than `size`, it stays, and `length` says how long; CORRUPT, VERSION,
/// BYTE_ORDER: of the peer.
static inline int isthmus_channel_receive(struct isthmus_channel* channel, void* buffer,
                                          uint32_t size, uint32_t* length) {
    *length = 0;
    const int status = isthmus_session(channel);
    if (status != ISTHMUS_OK && !channel->left) {
        return status;
    }
    const uint32_t waiting = ISTHMUS_LOAD_ACQUIRE(&channel->theirs->sent) - channel->taken;
    if (!isthmus_same_session(channel)) {
        return ISTHMUS_NOT_READY;
    }
    if (waiting == 0) {
        return channel->left ? ISTHMUS_NOT_READY : ISTHMUS_EMPTY;
    }
    if (waiting > channel->ring_in || waiting % 8 != 0) {
        return ISTHMUS_CORRUPT;
    }
    const uint64_t* ring = isthmus_ring_of_peer(channel->theirs);
    const uint64_t head = ISTHMUS_LOAD(&ring[channel->taken / 8 & (channel->ring_in / 8 - 1)]);
    const uint32_t bytes = (uint32_t)head;
    if ((uint32_t)(head >> 32) != ~channel->taken ||
        bytes > channel->ring_in - ISTHMUS_RECORD_HEADER || isthmus_record_bytes(bytes) > waiting) {
        return ISTHMUS_CORRUPT;
    }
    *length = bytes;
    if (bytes > size) {
        return ISTHMUS_TOO_LONG;
    }
    isthmus_copy_out(ring, channel->ring_in, channel->taken + ISTHMUS_RECORD_HEADER,
                     (uint8_t*)buffer, bytes);
    channel->taken += isthmus_record_bytes(bytes);
    channel->did |= ISTHMUS_WANT_ROOM;
    ISTHMUS_STORE_RELEASE(&channel->mine->taken, channel->taken);
    return ISTHMUS_OK;
}

#if defined(__cplusplus)
#pragma GCC diagnostic pop
#endif
#endif
