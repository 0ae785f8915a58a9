/* SPDX-License-Identifier: Apache-2.0
 *
 * Two guests pass a word to and fro in a page that they share, and ring by a static event channel
 * of the device tree (xen,evtchn-v1). Nobody polls. It needs the module xen-evtchn of Linux 6.6 or
 * later, and a region whose pages are at guest address ADDRESS:
 *
 *     guest A:  event_ring a PORT ADDRESS ROUNDS        guest B:  event_ring b PORT ADDRESS ROUNDS
 *
 *     page:  | word of A | word of B |
 *
 * A begins, with 1; B answers each number with the same one. Exit status 0: all rounds went.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux, include/uapi/xen/evtchn.h: both take a structure of one number. */
struct port_argument {
    unsigned int port;
};
#define NOTIFY _IOC(_IOC_NONE, 'E', 4, sizeof(struct port_argument))
#define BIND_STATIC _IOC(_IOC_NONE, 'E', 7, sizeof(struct port_argument))

#define PATIENCE 60000 /* milliseconds for one ring */

static int events = -1;
static struct port_argument channel;

static int fail(const char* what) {
    printf("event_ring: FAILED: %s\n", what);
    perror(what);
    return 1;
}

/* Sleeps until the port rings; it is masked then, until its number is written back. */
static int wait_for_ring(void) {
    struct pollfd waited = {.fd = events, .events = POLLIN};
    uint32_t rung = 0;
    if (poll(&waited, 1, PATIENCE) != 1)
        return -1;
    if (read(events, &rung, sizeof rung) != sizeof rung || rung != channel.port)
        return -1;
    return write(events, &rung, sizeof rung) == sizeof rung ? 0 : -1;
}

/* Rings may come together, and one may come before its word is wanted. */
static int wait_for_word(volatile uint32_t* word, uint32_t value) {
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
        if (wait_for_ring() != 0)
            return -1;
    return 0;
}

int main(int argc, char** argv) {
    if (argc != 5) {
        puts("event_ring a|b PORT ADDRESS ROUNDS");
        return 2;
    }
    int is_a = strcmp(argv[1], "a") == 0;
    channel.port = (unsigned int)strtoul(argv[2], NULL, 0);
    off_t address = (off_t)strtoull(argv[3], NULL, 0);
    uint32_t rounds = (uint32_t)strtoul(argv[4], NULL, 0);

    int memory = open("/dev/mem", O_RDWR | O_SYNC);
    volatile uint32_t* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, address);
    if (page == MAP_FAILED)
        return fail("mmap");
    events = open("/dev/xen/evtchn", O_RDWR);
    if (events < 0)
        return fail("/dev/xen/evtchn");
    if (ioctl(events, BIND_STATIC, &channel) != 0)
        return fail("IOCTL_EVTCHN_BIND_STATIC");

    volatile uint32_t* mine = is_a ? page : page + 1;
    volatile uint32_t* other = is_a ? page + 1 : page;
    for (uint32_t round = 1; round <= rounds; ++round) {
        if (!is_a && wait_for_word(other, round) != 0)
            return fail("no ring came");
        __atomic_store_n(mine, round, __ATOMIC_RELEASE);
        if (ioctl(events, NOTIFY, &channel) != 0)
            return fail("IOCTL_EVTCHN_NOTIFY");
        if (is_a && wait_for_word(other, round) != 0)
            return fail("no answer came");
    }
    printf("event_ring: ok, %u rounds\n", rounds);
    return 0;
}
