/* SPDX-License-Identifier: Apache-2.0
 *
 * Side b of the talk in tests/guests/lasting.cpp, on Linux: answers the numbered questions of
 * region "talk", and keeps the number of the last one that it has answered in region "journal",
 * which keeps its bytes while this guest is built again. It goes on until the last question, or
 * until its guest ends, which may be in the middle of anything.
 *
 *     shm_answers           answers
 *     shm_answers life      counts one more life in the journal, and prints which it is
 *
 * Exit status 0: the last question was answered. 1: one was missing, or not whole.
 */
#include <inttypes.h>

#include "isthmus_linux.h"

#define FILLER_WORDS 24
#define LAST_QUESTION (~(uint64_t)0)

struct message {
    uint64_t number;
    uint64_t start; /* which life of this side, in an answer */
    uint64_t filler[FILLER_WORDS];
    uint64_t sum;
};

struct journal {
    uint64_t lives;
    uint64_t answered;
};

/* FNV-1a over all words but the sum, folded to 32 bits. */
static uint64_t checksum(const struct message* message) {
    const uint64_t* words = &message->number;
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < offsetof(struct message, sum) / sizeof(uint64_t); ++i)
        sum = (sum ^ words[i]) * 0x100000001b3u;
    return (uint32_t)(sum ^ sum >> 32);
}

static volatile struct journal* open_journal(void) {
    struct isthmus_region region;
    void* tree = NULL;
    void* mapped = MAP_FAILED;
    size_t size = 0;
    if (isthmus_linux_read_tree(&tree, &size) != ISTHMUS_OK ||
        isthmus_find_region(tree, size, "journal", &region) != ISTHMUS_OK ||
        isthmus_linux_map(&region, &mapped) != ISTHMUS_OK)
        return NULL;
    return mapped;
}

static int fail(const char* what) {
    printf("shm_answers: FAILED: %s\n", what);
    return 1;
}

/* True when it was the last one. */
static int answer(struct isthmus_link* link, volatile struct journal* journal, int* status) {
    const uint32_t patience = 60000;
    struct message message;
    uint32_t length = 0;
    *status = isthmus_link_receive(link, &message, sizeof message, &length, patience);
    if (*status != ISTHMUS_OK)
        return fail(isthmus_status_text(*status));
    *status = ISTHMUS_CORRUPT;
    if (length != sizeof message || message.sum != checksum(&message))
        return fail("a question is not whole");
    const uint64_t answered = journal->answered;
    if (message.number == LAST_QUESTION) {
        printf("shm_answers: %" PRIu64 " answered in %" PRIu64 " lives\n", answered,
               journal->lives);
    } else if (message.number != answered && message.number != answered + 1) {
        return fail("a question is missing");
    } else {
        journal->answered = message.number;
    }
    const int is_last = message.number == LAST_QUESTION;
    message.start = journal->lives;
    message.sum = checksum(&message);
    *status = isthmus_link_send(link, &message, sizeof message, patience);
    return *status == ISTHMUS_OK ? is_last : fail(isthmus_status_text(*status));
}

int main(int argc, char** argv) {
    volatile struct journal* journal = open_journal();
    struct isthmus_link link;
    if (journal == NULL)
        return fail("no journal");
    if (argc > 1 && strcmp(argv[1], "life") == 0) {
        journal->lives = journal->lives + 1;
        printf("%" PRIu64 "\n", journal->lives);
        return 0;
    }
    int status = isthmus_link_open(&link, "talk", NULL, 1);
    if (status != ISTHMUS_OK)
        return fail(isthmus_status_text(status));
    while (!answer(&link, journal, &status) && status == ISTHMUS_OK) {
    }
    isthmus_link_close(&link);
    return status == ISTHMUS_OK ? 0 : 1;
}
