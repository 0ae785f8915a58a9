/* SPDX-License-Identifier: Apache-2.0
 *
 * Passes messages between two Linux guests over a shared region, with nothing but /dev/mem: an
 * example to copy.
 *
 *     guest A:  shm_messages a demo 100         guest B:  shm_messages b demo 100
 *
 * The second argument is the region's id as in `xen,shm-id`; "cell=7" names a region whose id is
 * the number 7. The third is how many messages go each way, a fourth how many seconds to wait for
 * one (30). Exit status 0: all arrived, in order
 * and whole. 1: they did not. 2: no such region, or it cannot be mapped.
 *
 * It works where the guest's tree shows the region as "reserved" (the default) or "pmem": then the
 * kernel does not take it for RAM. The kernel maps such memory uncached and as a device, so every
 * access here is an aligned load or store of 32 bits; never give such a pointer to memcpy(), which
 * may do other things.
 *
 *     region:   | slot A to B                       | slot B to A                       |
 *     slot:     | sequence | words | checksum | payload …
 *                                             (half of the region each)
 *
 * Each side writes its own slot only. Message n is there when `sequence` is n; it is stored last,
 * with release, and looked at first, with acquire. A sends message n + 1 after B has answered n, so
 * nothing is overwritten that is still being read. Pages come zeroed: sequence 0 is "nothing yet".
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TREE "/proc/device-tree/reserved-memory"
#define MAX_WORDS 61u /* of payload */

struct slot {
    volatile uint32_t sequence;
    volatile uint32_t words;
    volatile uint32_t checksum;
    volatile uint32_t payload[MAX_WORDS];
};

struct region {
    uint64_t address; /* guest address, as /dev/mem counts */
    uint64_t size;
};

/* A property of a node: its length, or -1 when there is none. */
static int read_property(const char* node, const char* name, unsigned char* value, size_t size) {
    char path[512];
    snprintf(path, sizeof path, TREE "/%s/%s", node, name);
    FILE* file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    size_t length = fread(value, 1, size, file);
    fclose(file);
    return (int)length;
}

/* Numbers in a device tree are big-endian. */
static uint64_t big_endian(const unsigned char* bytes, int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i)
        value = value << 8 | bytes[i];
    return value;
}

/* The id as the property holds it: a text with its NUL, or four bytes. Its length. */
static int encode_id(const char* id, unsigned char* value, size_t size) {
    if (strncmp(id, "cell=", 5) == 0) {
        uint32_t cell = (uint32_t)strtoul(id + 5, NULL, 0);
        for (int i = 0; i < 4; ++i)
            value[i] = (unsigned char)(cell >> (24 - 8 * i));
        return 4;
    }
    snprintf((char*)value, size, "%s", id);
    return (int)strlen((char*)value) + 1;
}

static int is_wanted(const char* node, const unsigned char* id, int length) {
    unsigned char value[64];
    int got = read_property(node, "compatible", value, sizeof value);
    if (got <= 0 || strncmp((char*)value, "xen,shared-memory-v1", (size_t)got) != 0)
        return 0;
    got = read_property(node, "xen,id", value, sizeof value);
    return got == length && memcmp(value, id, (size_t)length) == 0;
}

/* 0: found. The node's reg is two cells of address and two of size. */
static int find_region(const char* id, struct region* region) {
    unsigned char wanted[64], reg[16];
    int length = encode_id(id, wanted, sizeof wanted);
    DIR* nodes = opendir(TREE);
    if (nodes == NULL)
        return -1;
    int result = -1;
    for (struct dirent* node; result != 0 && (node = readdir(nodes)) != NULL;) {
        if (is_wanted(node->d_name, wanted, length) &&
            read_property(node->d_name, "reg", reg, sizeof reg) == sizeof reg) {
            region->address = big_endian(reg, 8);
            region->size = big_endian(reg + 8, 8);
            result = 0;
        }
    }
    closedir(nodes);
    return result;
}

static time_t patience = 30; /* seconds to wait for one message */

static void* map_region(const struct region* region) {
    int memory = open("/dev/mem", O_RDWR | O_SYNC);
    if (memory < 0)
        return MAP_FAILED;
    void* mapped = mmap(NULL, region->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory,
                        (off_t)region->address);
    close(memory); /* the mapping stays */
    return mapped;
}

/* FNV-1a over words, with the sequence number: an old message under a new number does not pass. */
static uint32_t checksum(uint32_t sequence, const uint32_t* words, uint32_t count) {
    uint32_t sum = (0x811c9dc5u ^ sequence) * 0x01000193u;
    for (uint32_t i = 0; i < count; ++i)
        sum = (sum ^ words[i]) * 0x01000193u;
    return sum;
}

static void send_message(struct slot* slot, uint32_t sequence, const uint32_t* words,
                         uint32_t count) {
    for (uint32_t i = 0; i < count; ++i)
        slot->payload[i] = words[i];
    slot->words = count;
    slot->checksum = checksum(sequence, words, count);
    __atomic_store_n(&slot->sequence, sequence, __ATOMIC_RELEASE);
}

/* The number of words copied out of the slot; -1: none came in time, or it is not whole. The copy
 * is what is judged: the other side may write into its slot at any time. */
static int receive_message(const struct slot* slot, uint32_t sequence, uint32_t* words) {
    time_t end = time(NULL) + patience;
    while (__atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE) != sequence) {
        if (time(NULL) > end)
            return -1;
        usleep(100);
    }
    uint32_t count = slot->words;
    if (count > MAX_WORDS)
        return -1;
    for (uint32_t i = 0; i < count; ++i)
        words[i] = slot->payload[i];
    return slot->checksum == checksum(sequence, words, count) ? (int)count : -1;
}

/* Question n has n modulo MAX_WORDS words, plus one; they depend on n, so none looks like another.
 */
static uint32_t make_question(uint32_t sequence, uint32_t* words) {
    uint32_t count = sequence % MAX_WORDS + 1;
    for (uint32_t i = 0; i < count; ++i)
        words[i] = (sequence * 0x9e3779b1u) ^ (i * 0x85ebca6bu);
    return count;
}

/* The answer to a question is the same words, inverted. */
static void invert(uint32_t* words, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i)
        words[i] = ~words[i];
}

static int ask(struct slot* out, const struct slot* in, uint32_t sequence) {
    uint32_t question[MAX_WORDS], answer[MAX_WORDS];
    uint32_t count = make_question(sequence, question);
    send_message(out, sequence, question, count);
    int got = receive_message(in, sequence, answer);
    invert(question, count);
    return got == (int)count && memcmp(question, answer, count * sizeof *answer) == 0;
}

static int reply(struct slot* out, const struct slot* in, uint32_t sequence) {
    uint32_t expected[MAX_WORDS], question[MAX_WORDS];
    uint32_t count = make_question(sequence, expected);
    int got = receive_message(in, sequence, question);
    if (got != (int)count || memcmp(expected, question, count * sizeof *question) != 0)
        return 0;
    invert(question, count);
    send_message(out, sequence, question, count);
    return 1;
}

static int exchange(int asks, char* mapped, uint64_t size, uint32_t messages) {
    struct slot* a_to_b = (struct slot*)mapped;
    struct slot* b_to_a = (struct slot*)(mapped + size / 2);
    for (uint32_t n = 1; n <= messages; ++n) {
        if (asks ? !ask(a_to_b, b_to_a, n) : !reply(b_to_a, a_to_b, n)) {
            printf("shm_messages: FAILED: message %u did not arrive whole\n", n);
            return 1;
        }
    }
    printf("shm_messages: %u messages each way, all whole\n", messages);
    return 0;
}

int main(int argc, char** argv) {
    if (argc < 3 || (strcmp(argv[1], "a") != 0 && strcmp(argv[1], "b") != 0)) {
        fprintf(stderr, "usage: shm_messages a|b ID [MESSAGES [SECONDS]]\n");
        return 2;
    }
    struct region region;
    if (find_region(argv[2], &region) != 0) {
        fprintf(stderr, "shm_messages: no region \"%s\" in the device tree\n", argv[2]);
        return 2;
    }
    void* mapped = map_region(&region);
    if (mapped == MAP_FAILED) {
        perror("shm_messages: /dev/mem");
        return 2;
    }
    uint32_t messages = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 0) : 100;
    if (argc > 4)
        patience = (time_t)strtoul(argv[4], NULL, 0);
    return exchange(argv[1][0] == 'a', mapped, region.size, messages);
}
