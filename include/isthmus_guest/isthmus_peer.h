// SPDX-License-Identifier: Apache-2.0
// The status page of a shared region: what has become of each of its parties, as Isthmus sees it.
// Is my peer there, and is it the one that I began with? The tree says where the page is
// (isthmus_region::status); a guest may only read it. docs/supervision.md draws it:
//
//     0x00  magic  version  first  slot     u32 each: "Peer", 1, where slots begin, bytes of one
//     0x10  parties                         u32
//     0x18  frequency                       u64, ticks of the machine's counter in a second
//     first + slot * party:
//           word                            u64: 31:0 state; 63:32 how often it has begun to run
//           changed                         u64, the machine's counter (CNTVCT_EL0) at that change
//
// Isthmus writes `changed`, then `word`, each at once, and then rings the region's doorbells. So a
// word is never torn; and of word, time, and the same word again, the time is that of the word, or
// of the change that is just about to be seen.
//
// A later version may have longer slots and more behind the header; these stay where they are.
#ifndef ISTHMUS_PEER_H
#define ISTHMUS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isthmus_area.h"
#include "isthmus_status.h"

#if defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

#define ISTHMUS_PEER_MAGIC 0x72656550u  // "Peer"
#define ISTHMUS_PEER_VERSION 1u
#define ISTHMUS_PEER_HEADER 0x40u
#define ISTHMUS_PEER_SLOT 16u

enum {
    ISTHMUS_PEER_NOT_STARTED = 0,
    ISTHMUS_PEER_BUILDING = 1,  // it is made ready to run again
    ISTHMUS_PEER_RUNNING = 2,
    ISTHMUS_PEER_STOPPED = 3,  // it executes nothing any more: it ended, or asked for a reset
    ISTHMUS_PEER_CRASHED = 4   // the same, by a fault: a crash, a panic, its watchdog
};

/// A status page, once it was looked at. Its fields are its own affair.
struct isthmus_peers {
    const uint8_t* page;
    uint32_t first, slot, parties;
    uint64_t frequency;  // ticks in a second
};

/// What has become of a party.
struct isthmus_peer {
    uint32_t state;    // ISTHMUS_PEER_…; a later version may have more
    uint32_t starts;   // how often it has begun to run
    uint64_t changed;  // when the state changed last, by the machine's counter
};

static inline uint32_t isthmus_peer_field(const uint8_t* page, uint32_t offset) {
    return ISTHMUS_LOAD((const uint32_t*)(const void*)(page + offset));
}

/// `page`: where the caller sees isthmus_region::status, 8-byte aligned. OK; INVALID: not aligned,
/// too small, or no status page; VERSION: one of another layout.
static inline int isthmus_peers_open(struct isthmus_peers* peers, const void* page, size_t bytes) {
    const uint8_t* at = (const uint8_t*)page;
    if (page == NULL || (uintptr_t)page % 8 != 0 || bytes < ISTHMUS_PEER_HEADER ||
        isthmus_peer_field(at, 0x0) != ISTHMUS_PEER_MAGIC) {
        return ISTHMUS_INVALID;
    }
    if (isthmus_peer_field(at, 0x4) != ISTHMUS_PEER_VERSION) {
        return ISTHMUS_VERSION;
    }
    peers->page = at;
    peers->first = isthmus_peer_field(at, 0x8);
    peers->slot = isthmus_peer_field(at, 0xc);
    peers->parties = isthmus_peer_field(at, 0x10);
    peers->frequency = ISTHMUS_LOAD((const uint64_t*)(const void*)(at + 0x18));
    if ((peers->first | peers->slot) % 8 != 0 || peers->first < ISTHMUS_PEER_HEADER ||
        peers->slot < ISTHMUS_PEER_SLOT || peers->first > bytes ||
        peers->parties > (bytes - peers->first) / peers->slot) {
        return ISTHMUS_INVALID;
    }
    return ISTHMUS_OK;
}

/// What has become of party number `party` (isthmus_find_party()): OK, or NOT_FOUND.
static inline int isthmus_peer_look(const struct isthmus_peers* peers, uint32_t party,
                                    struct isthmus_peer* found) {
    if (party >= peers->parties) {
        return ISTHMUS_NOT_FOUND;
    }
    const uint64_t* slot =
        (const uint64_t*)(const void*)(peers->page + peers->first + (size_t)party * peers->slot);
    uint64_t again = ISTHMUS_LOAD_ACQUIRE(&slot[0]);
    uint64_t word;
    unsigned tries = 16;  // a change takes Isthmus longer than a look: the second one does
    do {
        word = again;
        found->changed = ISTHMUS_LOAD_ACQUIRE(&slot[1]);
        again = ISTHMUS_LOAD_ACQUIRE(&slot[0]);
    } while (again != word && --tries != 0);
    found->state = (uint32_t)word;
    found->starts = (uint32_t)(word >> 32);
    return ISTHMUS_OK;
}

/// Whether the party is running.
static inline bool isthmus_peer_is_there(const struct isthmus_peers* peers, uint32_t party) {
    struct isthmus_peer found;
    return isthmus_peer_look(peers, party, &found) == ISTHMUS_OK &&
           found.state == ISTHMUS_PEER_RUNNING;
}

/// Whether the party is running, and is the one that had this number of starts: of what it had in
/// its memory then nothing is lost.
static inline bool isthmus_peer_is_same(const struct isthmus_peers* peers, uint32_t party,
                                        uint32_t starts) {
    struct isthmus_peer found;
    return isthmus_peer_look(peers, party, &found) == ISTHMUS_OK &&
           found.state == ISTHMUS_PEER_RUNNING && found.starts == starts;
}

/// For messages to people.
static inline const char* isthmus_peer_text(uint32_t state) {
    static const char* const texts[] = {"not started", "building", "running", "stopped", "crashed"};
    return state <= ISTHMUS_PEER_CRASHED ? texts[state] : "unknown";
}

#if defined(__cplusplus)
#pragma GCC diagnostic pop
#endif
#endif
