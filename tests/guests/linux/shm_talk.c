/* SPDX-License-Identifier: Apache-2.0
 *
 * One question and one answer between two guests, who sleep until they are rung: an example with a
 * poll() of its own, to copy into a program that waits for other things as well.
 *
 *     guest A:  shm_talk a demo "Are you there?"      guest B:  shm_talk b demo "Yes."
 *
 * A prints the answer, B the question. A fourth argument says how many seconds to wait (30), a
 * fifth which party to talk to, where a region has more than two. Exit status 0: both have heard.
 * 1: not. 2: no such region, or it cannot be used. tests/guests/pair.cpp is either side on bare
 * metal.
 */
#include "isthmus_linux.h"

static int milliseconds = 30000;

/* Sleeps in poll() until the doorbell rings. Where the region has none, a millisecond a time. */
static int sleep_until_rung(struct isthmus_link* link) {
    struct pollfd waiting[1] = {{link->rung, POLLIN, 0}}; /* and what else the program waits for */
    int has_bell = link->rung >= 0;
    int ready = poll(waiting, (nfds_t)has_bell, has_bell ? milliseconds : 1);
    if (ready < 0)
        return ISTHMUS_SYSTEM;
    if (ready > 0) {
        isthmus_line_drain(link->rung);
        link->wakes += 1;
        return ISTHMUS_OK;
    }
    return has_bell || milliseconds-- <= 0 ? ISTHMUS_TIMEOUT : ISTHMUS_OK;
}

/* The order matters: look, ring whom it concerns, say that one sleeps and look again, sleep. */
static int hear(struct isthmus_link* link, char* text, uint32_t size) {
    for (;;) {
        uint32_t length = 0;
        int status = isthmus_channel_receive(&link->channel, text, size - 1, &length);
        if (isthmus_channel_must_ring(&link->channel))
            isthmus_link_ring(link);
        text[length < size ? length : 0] = '\0';
        if (status != ISTHMUS_EMPTY && status != ISTHMUS_NOT_READY)
            return status;
        if (isthmus_channel_arm(&link->channel, ISTHMUS_WANT_MESSAGE, 0)) {
            status = sleep_until_rung(link);
            isthmus_channel_disarm(&link->channel);
            if (status != ISTHMUS_OK)
                return status;
        }
    }
}

static int say(struct isthmus_link* link, const char* text) {
    return isthmus_link_send(link, text, (uint32_t)strlen(text), (uint32_t)milliseconds);
}

static int talk(struct isthmus_link* link, int asks, const char* text) {
    char heard[256];
    int status = asks ? say(link, text) : hear(link, heard, sizeof heard);
    if (status == ISTHMUS_OK)
        status = asks ? hear(link, heard, sizeof heard) : say(link, text);
    if (status != ISTHMUS_OK) {
        fprintf(stderr, "shm_talk: FAILED: %s\n", isthmus_status_text(status));
        return 1;
    }
    printf("%s\n", heard);
    if (link->rung >= 0)
        fprintf(stderr, "shm_talk: woken by the doorbell\n");
    return 0;
}

int main(int argc, char** argv) {
    if (argc < 4 || (strcmp(argv[1], "a") != 0 && strcmp(argv[1], "b") != 0)) {
        fprintf(stderr, "usage: shm_talk a|b ID TEXT [SECONDS [PEER]]\n");
        return 2;
    }
    struct isthmus_link link;
    int asks = argv[1][0] == 'a';
    int status = isthmus_link_open(&link, argv[2], argc > 5 ? argv[5] : NULL, asks ? 0 : 1);
    if (status != ISTHMUS_OK) {
        fprintf(stderr, "shm_talk: %s: %s%s%s\n", argv[2], isthmus_status_text(status),
                status == ISTHMUS_SYSTEM ? ": " : "",
                status == ISTHMUS_SYSTEM ? strerror(errno) : "");
        return 2;
    }
    if (argc > 4)
        milliseconds = (int)strtoul(argv[4], NULL, 0) * 1000;
    int result = talk(&link, asks, argv[3]);
    isthmus_link_close(&link);
    return result;
}
