/* SPDX-License-Identifier: Apache-2.0
 *
 * Passes numbered messages with checksums both ways through a shared region: an example to copy,
 * and a test. It runs on two Linux guests, or beside a bare-metal guest that does the same.
 *
 *     guest A:  shm_messages a demo 100         guest B:  shm_messages b demo 100
 *
 * The second argument is the region's id as in `xen,shm-id`; "cell=7" names a region whose id is
 * the number 7. The third is how many messages go each way, a fourth how many seconds to wait for
 * one (30). Exit status 0: all arrived, in order and whole. 1: they did not. 2: no such region, or
 * it cannot be used.
 *
 * It works where the guest's tree shows the region as "reserved" (the default) or "pmem": then the
 * kernel does not take it for RAM. Where the region has doorbells, each side sleeps until it is
 * rung.
 *
 *     aarch64-linux-gnu-gcc -O2 -static -I include/isthmus_guest -o shm_messages shm_messages.c
 */
#include "isthmus_linux.h"

#define MAX_WORDS 61u

struct message {
    uint32_t sequence;
    uint32_t checksum;
    uint32_t words[MAX_WORDS];
};
#define HEAD_BYTES ((uint32_t)offsetof(struct message, words))

/* FNV-1a over words, with the sequence number: an old message under a new number does not pass. */
static uint32_t checksum(uint32_t sequence, const uint32_t* words, uint32_t count) {
    uint32_t sum = (0x811c9dc5u ^ sequence) * 0x01000193u;
    for (uint32_t i = 0; i < count; ++i)
        sum = (sum ^ words[i]) * 0x01000193u;
    return sum;
}

/* Question n has n modulo MAX_WORDS words, plus one; they depend on n, so none looks like another.
 * The answer to it is the same words, inverted. Its length in bytes. */
static uint32_t make(struct message* message, uint32_t sequence, uint32_t inverted) {
    uint32_t count = sequence % MAX_WORDS + 1;
    message->sequence = sequence;
    for (uint32_t i = 0; i < count; ++i)
        message->words[i] = (sequence * 0x9e3779b1u) ^ (i * 0x85ebca6bu) ^ inverted;
    message->checksum = checksum(sequence, message->words, count);
    return HEAD_BYTES + count * 4;
}

static uint32_t patience = 30000; /* milliseconds to wait for one message */

static int put(struct isthmus_link* link, uint32_t sequence, uint32_t inverted) {
    struct message message;
    uint32_t length = make(&message, sequence, inverted);
    return isthmus_link_send(link, &message, length, patience);
}

/* OK when the message is the one expected. */
static int get(struct isthmus_link* link, uint32_t sequence, uint32_t inverted) {
    struct message expected, got;
    uint32_t length = 0;
    uint32_t wanted = make(&expected, sequence, inverted);
    int status = isthmus_link_receive(link, &got, sizeof got, &length, patience);
    if (status != ISTHMUS_OK)
        return status;
    return length == wanted && memcmp(&expected, &got, wanted) == 0 ? ISTHMUS_OK : ISTHMUS_CORRUPT;
}

static int exchange(struct isthmus_link* link, int asks, uint32_t messages) {
    for (uint32_t n = 1; n <= messages; ++n) {
        int status = asks ? put(link, n, 0) : get(link, n, 0);
        if (status == ISTHMUS_OK)
            status = asks ? get(link, n, ~0u) : put(link, n, ~0u);
        if (status != ISTHMUS_OK) {
            printf("shm_messages: FAILED: message %u did not arrive whole: %s\n", n,
                   isthmus_status_text(status));
            return 1;
        }
    }
    printf("shm_messages: %u messages each way, all whole%s\n", messages,
           link->rung >= 0 ? ", woken by the doorbell" : "");
    return 0;
}

static int explain(int status, const char* id) {
    if (status == ISTHMUS_NOT_FOUND)
        fprintf(stderr, "shm_messages: no region \"%s\" in the device tree\n", id);
    else if (status == ISTHMUS_SYSTEM)
        perror("shm_messages: /dev/mem");
    else
        fprintf(stderr, "shm_messages: %s: %s\n", id, isthmus_status_text(status));
    return 2;
}

int main(int argc, char** argv) {
    if (argc < 3 || (strcmp(argv[1], "a") != 0 && strcmp(argv[1], "b") != 0)) {
        fprintf(stderr, "usage: shm_messages a|b ID [MESSAGES [SECONDS]]\n");
        return 2;
    }
    struct isthmus_link link;
    int status = isthmus_link_open(&link, argv[2], NULL, argv[1][0] == 'a' ? 0 : 1);
    if (status != ISTHMUS_OK)
        return explain(status, argv[2]);
    if (argc > 4)
        patience = (uint32_t)strtoul(argv[4], NULL, 0) * 1000;
    uint32_t messages = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 0) : 100;
    int result = exchange(&link, argv[1][0] == 'a', messages);
    isthmus_link_close(&link);
    return result;
}
