/* SPDX-License-Identifier: Apache-2.0 */
/* What the two bare-metal guests share: a console, and a peer to exchange messages with. */
#ifndef BARE_H
#define BARE_H

#include "isthmus_guest/isthmus_shm.h"

struct peer {
    struct isthmus_region region;
    struct isthmus_channel channel;
    struct isthmus_bell bell;
    uint32_t doorbell;
};

/* Once, before all else. `tree`: what the guest was given in x0. */
void bare_begin(const void* tree);
void bare_say(const char* text, uint32_t number);

/* The channel to this party of the region: 1, or 0 with a line on the console. */
int bare_open(struct peer* peer, const char* region, const char* name);
/* Asleep until there is room, or a message: 1, or 0. */
int bare_send(struct peer* peer, uint32_t number);
int bare_receive(struct peer* peer, uint32_t* number);

#endif
