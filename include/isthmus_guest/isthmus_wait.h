// SPDX-License-Identifier: Apache-2.0
// Sleeping until the peer has done something, and waking a peer that sleeps. How it is known that
// no wake-up is lost: isthmus_area.h, "Sleep"; tests/model/channel tries all interleavings.
//
// A loop of one's own, beside other things to wait for:
//
//     for (;;) {
//         while (isthmus_channel_receive(&channel, buffer, sizeof(buffer), &length) == ISTHMUS_OK)
//             ... use it, perhaps send an answer ...
//         if (isthmus_channel_must_ring(&channel))
//             ... ring the peer ...
//         if (isthmus_channel_arm(&channel, ISTHMUS_WANT_MESSAGE, 0))
//             ... sleep until the doorbell rings ...
//     }
//
// The doorbell has to order: who was woken sees what was written before the ring. Those of Isthmus
// do (docs/signals.md).
#ifndef ISTHMUS_WAIT_H
#define ISTHMUS_WAIT_H

#include "isthmus_channel.h"

/// Whether the peer sleeps and has to be rung for what was done since the last call. Call it after
/// each batch of sends, receives, opens or closes, and always before sleeping.
static inline bool isthmus_channel_must_ring(struct isthmus_channel* channel) {
    const uint32_t did = channel->did;
    if (did == 0) {
        return false;
    }
    channel->did = 0;
    ISTHMUS_FENCE();
    const uint32_t asleep = ISTHMUS_LOAD(&channel->theirs->asleep);
    if ((asleep & did) == 0 || asleep == channel->rung) {
        return false;
    }
    channel->rung = asleep;
    return true;
}

/// Whether a call would now find something else than EMPTY, FULL, or NOT_READY once more.
static inline bool isthmus_channel_ready(const struct isthmus_channel* channel, uint32_t wants,
                                         uint32_t length) {
    const struct isthmus_area* area = channel->theirs;
    const uint32_t generation = ISTHMUS_LOAD_ACQUIRE(&area->generation);
    if (isthmus_has_left(channel, generation)) {
        wants &= ~ISTHMUS_WANT_ROOM;
    } else if (generation != channel->seen) {
        return (generation & 3u) == ISTHMUS_THERE || channel->seen != 0;
    }
    if (ISTHMUS_LOAD_ACQUIRE(&area->seen) != channel->generation) {
        return false;
    }
    if ((wants & ISTHMUS_WANT_MESSAGE) != 0 &&
        ISTHMUS_LOAD_ACQUIRE(&area->sent) != channel->taken) {
        return true;
    }
    if ((wants & ISTHMUS_WANT_ROOM) == 0) {
        return false;
    }
    const uint32_t used = channel->sent - ISTHMUS_LOAD_ACQUIRE(&area->taken);
    return used > channel->ring_out || isthmus_record_bytes(length) <= channel->ring_out - used;
}

/// Not asleep any more: the peer need not ring.
static inline void isthmus_channel_disarm(struct isthmus_channel* channel) {
    ISTHMUS_STORE(&channel->mine->asleep, 0u);
}

/// Before sleeping: says so to the peer, then looks once more. True: sleep until the doorbell
/// rings, then try again; false: do not, there is something. `wants`: ISTHMUS_WANT_MESSAGE, _ROOM
/// (for a message of `length` bytes) or both. Each sleep wants its own call.
static inline bool isthmus_channel_arm(struct isthmus_channel* channel, uint32_t wants,
                                       uint32_t length) {
    channel->naps += 1u;
    ISTHMUS_STORE(&channel->mine->asleep, channel->naps << 2 | (wants & 3u));
    ISTHMUS_FENCE();
    if (isthmus_channel_ready(channel, wants, length)) {
        isthmus_channel_disarm(channel);
        return false;
    }
    return true;
}

/// How a platform rings the peer, and sleeps.
struct isthmus_bell {
    void (*ring)(void* context);
    /// Sleeps until the doorbell rings: OK, which may also be a mistake. Anything else ends the
    /// call that waits, which answers it: ISTHMUS_TIMEOUT by the platform's own clock, for example.
    int (*wait)(void* context);
    void* context;
};

/// A peer that seems to have something, but has not, so often in a row is playing.
#define ISTHMUS_RESTLESS 64u

static inline void isthmus_ring_if_asleep(struct isthmus_channel* channel,
                                          const struct isthmus_bell* bell) {
    if (isthmus_channel_must_ring(channel)) {
        bell->ring(bell->context);
    }
}

/// Rings if need be, then sleeps unless there is something: OK, what the wait answered, or CORRUPT.
/// `restless`: 0 at first.
static inline int isthmus_channel_wait(struct isthmus_channel* channel,
                                       const struct isthmus_bell* bell, uint32_t wants,
                                       uint32_t length, uint32_t* restless) {
    isthmus_ring_if_asleep(channel, bell);
    if (!isthmus_channel_arm(channel, wants, length)) {
        *restless += 1;
        return *restless < ISTHMUS_RESTLESS ? ISTHMUS_OK : ISTHMUS_CORRUPT;
    }
    *restless = 0;
    const int status = bell->wait(bell->context);
    isthmus_channel_disarm(channel);
    return status;
}

/// isthmus_channel_receive(), asleep until there is a message in this session. NOT_READY: the peer
/// has begun another session meanwhile, and what was sent in this one is to be sent again.
/// `session`: isthmus_channel_session() behind the send that the message is to answer; 0: any.
static inline int isthmus_channel_receive_in(struct isthmus_channel* channel,
                                             const struct isthmus_bell* bell, uint32_t session,
                                             void* buffer, uint32_t size, uint32_t* length) {
    uint32_t restless = 0;
    for (;;) {
        int status = isthmus_channel_receive(channel, buffer, size, length);
        if (session != 0 && session != isthmus_channel_session(channel)) {
            return ISTHMUS_NOT_READY;
        }
        if (status != ISTHMUS_EMPTY && status != ISTHMUS_NOT_READY) {
            isthmus_ring_if_asleep(channel, bell);
            return status;
        }
        status = isthmus_channel_wait(channel, bell, ISTHMUS_WANT_MESSAGE, 0, &restless);
        if (status != ISTHMUS_OK) {
            return status;
        }
    }
}

/// isthmus_channel_receive(), asleep until there is a message, whatever the session.
static inline int isthmus_channel_receive_wait(struct isthmus_channel* channel,
                                               const struct isthmus_bell* bell, void* buffer,
                                               uint32_t size, uint32_t* length) {
    return isthmus_channel_receive_in(channel, bell, 0, buffer, size, length);
}

/// isthmus_channel_send(), asleep until there is room.
static inline int isthmus_channel_send_wait(struct isthmus_channel* channel,
                                            const struct isthmus_bell* bell, const void* message,
                                            uint32_t length) {
    uint32_t restless = 0;
    for (;;) {
        int status = isthmus_channel_send(channel, message, length);
        if (status != ISTHMUS_FULL && status != ISTHMUS_NOT_READY) {
            isthmus_ring_if_asleep(channel, bell);
            return status;
        }
        status = isthmus_channel_wait(channel, bell, ISTHMUS_WANT_ROOM, length, &restless);
        if (status != ISTHMUS_OK) {
            return status;
        }
    }
}

#endif
