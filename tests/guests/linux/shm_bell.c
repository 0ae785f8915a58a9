/* SPDX-License-Identifier: Apache-2.0
 *
 * A region's doorbell alone, for words and blocks that have a protocol of their own. A party that
 * may only read the region can ring and be rung, too. (The packaged gpioset and gpiomon do the
 * same.)
 *
 *     guest B:  shm_bell wait notes linux-a           guest A:  shm_bell ring notes linux-b
 *
 * Region and party; a fourth argument says how many seconds to wait (30). `call` rings and waits
 * for the answer. What rang before is not waited for. Exit status 0: rung; 1: nobody rang in time;
 * 2: no such doorbell.
 */
#include "isthmus_linux.h"

/* The line's descriptor, or the status. */
static int open_line(const char* id, const char* party, const char* which,
                     unsigned long long flags) {
    struct isthmus_region region;
    void* tree = NULL;
    size_t size = 0;
    uint32_t number = 0;
    char name[128];
    int status = isthmus_linux_read_tree(&tree, &size);
    if (status == ISTHMUS_OK)
        status = isthmus_find_region(tree, size, id, &region);
    if (status == ISTHMUS_OK)
        status = isthmus_find_party(&region, party, &number);
    if (status == ISTHMUS_OK)
        status = isthmus_line_name(&region, number, which, name, sizeof name);
    free(tree);
    return status == ISTHMUS_OK ? isthmus_line_request(name, flags) : status;
}

static int wait_for(int line, const char* party, int seconds) {
    struct pollfd waiting = {line, POLLIN, 0};
    if (poll(&waiting, 1, seconds * 1000) <= 0) {
        fprintf(stderr, "shm_bell: nobody rang\n");
        return 1;
    }
    printf("%s rang\n", party);
    return 0;
}

int main(int argc, char** argv) {
    int calls = argc > 3 && strcmp(argv[1], "call") == 0;
    int rings = calls || (argc > 3 && strcmp(argv[1], "ring") == 0);
    int waits = calls || (argc > 3 && strcmp(argv[1], "wait") == 0);
    if (!rings && !waits) {
        fprintf(stderr, "usage: shm_bell ring|wait|call REGION PARTY [SECONDS]\n");
        return 2;
    }
    int rung = waits ? open_line(argv[2], argv[3], "rung",
                                 GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING)
                     : 0;
    int ring = rings ? open_line(argv[2], argv[3], "ring", GPIO_V2_LINE_FLAG_OUTPUT) : 0;
    if (rung < 0 || ring < 0) {
        fprintf(stderr, "shm_bell: no doorbell to %s in %s: %s\n", argv[3], argv[2],
                isthmus_status_text(rung < 0 ? rung : ring));
        return 2;
    }
    if (rings && isthmus_line_write(ring) != ISTHMUS_OK)
        return 2;
    return waits ? wait_for(rung, argv[3], argc > 4 ? atoi(argv[4]) : 30) : 0;
}
