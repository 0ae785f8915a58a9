// SPDX-License-Identifier: Apache-2.0
// The bytes of a channel, which is how two parties of a shared region exchange messages: one layout
// for Linux, bare metal and an RTOS. docs/shared-memory.md draws it.
//
// A channel is two areas, one a party. A party writes its own area and nothing else, so each may
// lie where the other can only read. An area, version 1, all numbers little-endian:
//
//     0x000  struct isthmus_area   who it is, and its counters
//     0x100  ring                  a power of two of bytes, 64 or more: what this party sends
//
// The ring holds records: a 32-bit length; 32 bits that are the inverse of the record's own place
// in the stream of bytes, modulo 2^32; the bytes; and up to 7 more so that the next record is
// 8-byte aligned. A record that reaches the ring's end goes on at its start.
//
// Which store is ordered before which load:
//   - A message: bytes, then `sent` with release; the peer loads `sent` with acquire, then bytes.
//   - Room: bytes read, then `taken` with release; the peer loads `taken` with acquire, then
//   writes.
//   - Sleep: `asleep` is stored, a full fence, then the peer's counters are looked at once more;
//   the
//     peer stores its counter, a full fence, then loads `asleep`. One of the two sees the other, so
//     either there is no sleep or there is a ring. Each sleep has a number of its own, so a party
//     rings at most once for each.
//   - Sessions: a party comes with a new `generation`. A party that finds a new one in its peer
//   sets
//     its own counters to 0, then stores `seen` with release. Counters count only while each has
//     seen the other; the generation is loaded again after them, so that nobody acts on a counter
//     of another session. What a party sent before it left can still be received.
//
// No read-modify-write, and nothing but aligned accesses of 32 and 64 bits: memory that Linux maps
// as a device (/dev/mem) will do.
#ifndef ISTHMUS_AREA_H
#define ISTHMUS_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isthmus_status.h"

#if defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the layout is little-endian"
#endif

#ifndef ISTHMUS_LOAD  // tests bring a memory of their own
#define ISTHMUS_SMALLEST_RING 64u
#define ISTHMUS_LOAD(place) __atomic_load_n((place), __ATOMIC_RELAXED)
#define ISTHMUS_LOAD_ACQUIRE(place) __atomic_load_n((place), __ATOMIC_ACQUIRE)
#define ISTHMUS_STORE(place, value) __atomic_store_n((place), (value), __ATOMIC_RELAXED)
#define ISTHMUS_STORE_RELEASE(place, value) __atomic_store_n((place), (value), __ATOMIC_RELEASE)
#define ISTHMUS_FENCE() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

#define ISTHMUS_CHANNEL_MAGIC 0x68747349u  // "Isth"
#define ISTHMUS_CHANNEL_VERSION 1u
#define ISTHMUS_AREA_HEADER 0x100u
#define ISTHMUS_RECORD_HEADER 8u

/// What a sleeper waits for: bits of `asleep`, and of isthmus_channel_arm()'s argument.
#define ISTHMUS_WANT_MESSAGE 1u
#define ISTHMUS_WANT_ROOM 2u

/// Bits 1:0 of a generation.
#define ISTHMUS_THERE 1u
#define ISTHMUS_LEFT 2u

/// The head of an area. Its lines of 64 bytes are apart, since the peer polls them.
struct isthmus_area {
    uint32_t magic, version;
    uint32_t header_bytes;  // where the ring begins: 0x100
    uint32_t ring_bytes;
    uint32_t generation;  // bits 1:0: 0 nobody, 1 the party is there, 2 it has left; 31:2: a count
    uint32_t seen;        // the peer's generation that this party's counters belong to; 0: none
    uint32_t asleep;      // bits 1:0: what is waited for; bits 31:2: number of the sleep
    uint32_t reserved_0[9];
    uint32_t sent;  // bytes put into this area's ring, modulo 2^32
    uint32_t reserved_1[15];
    uint32_t taken;  // bytes taken out of the peer's ring, modulo 2^32
    uint32_t reserved_2[31];
};

/// Bytes that a message takes in the ring.
static inline uint32_t isthmus_record_bytes(uint32_t length) {
    return ISTHMUS_RECORD_HEADER + ((length + 7u) & ~7u);
}

/// Where the area of what `from` writes for `to` lies in a region that `parties` share, each with
/// each: the region is cut into parties * (parties - 1) equal areas, those of party 0 first. OK;
/// INVALID: no such parties, or too small.
static inline int isthmus_area_of(size_t region_bytes, uint32_t parties, uint32_t from, uint32_t to,
                                  size_t* offset, size_t* bytes) {
    if (parties < 2 || parties > 64 || from >= parties || to >= parties || from == to) {
        return ISTHMUS_INVALID;
    }
    *bytes = region_bytes / ((size_t)parties * (parties - 1)) & ~(size_t)63;
    *offset = *bytes * ((size_t)from * (parties - 1) + (to < from ? to : to - 1));
    return *bytes < ISTHMUS_AREA_HEADER + ISTHMUS_SMALLEST_RING ? ISTHMUS_INVALID : ISTHMUS_OK;
}

static inline uint32_t isthmus_largest_ring(size_t bytes) {
    uint32_t ring = ISTHMUS_SMALLEST_RING;
    while (ring < 0x40000000u && ISTHMUS_AREA_HEADER + (size_t)ring * 2 <= bytes) {
        ring *= 2;
    }
    return ring;
}

static inline uint64_t* isthmus_ring_of(struct isthmus_area* area) {
    return (uint64_t*)(void*)((uint8_t*)area + ISTHMUS_AREA_HEADER);
}
static inline const uint64_t* isthmus_ring_of_peer(const struct isthmus_area* area) {
    return (const uint64_t*)(const void*)((const uint8_t*)area + ISTHMUS_AREA_HEADER);
}

// Bytes are moved as words in memory order. Where the caller's pointer is aligned the compiler is
// told so, which spares machines without unaligned accesses eight loads of a byte.

static inline void isthmus_put_words(uint64_t* to, const uint8_t* from, uint32_t words) {
    uint64_t word;
    if ((uintptr_t)from % 8 == 0) {
        for (uint32_t i = 0; i < words; ++i) {
            __builtin_memcpy(&word, __builtin_assume_aligned(from + (size_t)i * 8, 8), 8);
            ISTHMUS_STORE(&to[i], word);
        }
        return;
    }
    for (uint32_t i = 0; i < words; ++i) {
        __builtin_memcpy(&word, from + (size_t)i * 8, 8);
        ISTHMUS_STORE(&to[i], word);
    }
}

static inline void isthmus_get_words(uint8_t* to, const uint64_t* from, uint32_t words) {
    uint64_t word;
    if ((uintptr_t)to % 8 == 0) {
        for (uint32_t i = 0; i < words; ++i) {
            word = ISTHMUS_LOAD(&from[i]);
            __builtin_memcpy(__builtin_assume_aligned(to + (size_t)i * 8, 8), &word, 8);
        }
        return;
    }
    for (uint32_t i = 0; i < words; ++i) {
        word = ISTHMUS_LOAD(&from[i]);
        __builtin_memcpy(to + (size_t)i * 8, &word, 8);
    }
}

/// Bytes into the ring, from `position` of the stream on: in two pieces where they reach its end.
static inline void isthmus_copy_in(uint64_t* ring, uint32_t ring_bytes, uint32_t position,
                                   const uint8_t* from, uint32_t length) {
    uint32_t slot = position / 8 & (ring_bytes / 8 - 1);
    uint32_t words = length / 8;
    const uint32_t before_end = ring_bytes / 8 - slot;
    uint64_t last = 0;
    if (words >= before_end) {
        isthmus_put_words(ring + slot, from, before_end);
        from += (size_t)before_end * 8;
        words -= before_end;
        slot = 0;
    }
    isthmus_put_words(ring + slot, from, words);
    if (length % 8 != 0) {
        for (uint32_t i = 0; i < length % 8; ++i) {
            last |= (uint64_t)from[(size_t)words * 8 + i] << (8 * i);
        }
        ISTHMUS_STORE(&ring[slot + words], last);
    }
}

static inline void isthmus_copy_out(const uint64_t* ring, uint32_t ring_bytes, uint32_t position,
                                    uint8_t* to, uint32_t length) {
    uint32_t slot = position / 8 & (ring_bytes / 8 - 1);
    uint32_t words = length / 8;
    const uint32_t before_end = ring_bytes / 8 - slot;
    if (words >= before_end) {
        isthmus_get_words(to, ring + slot, before_end);
        to += (size_t)before_end * 8;
        words -= before_end;
        slot = 0;
    }
    isthmus_get_words(to, ring + slot, words);
    if (length % 8 != 0) {
        const uint64_t last = ISTHMUS_LOAD(&ring[slot + words]);
        for (uint32_t i = 0; i < length % 8; ++i) {
            to[(size_t)words * 8 + i] = (uint8_t)(last >> (8 * i));
        }
    }
}

#if defined(__cplusplus)
#pragma GCC diagnostic pop
#endif
#endif
