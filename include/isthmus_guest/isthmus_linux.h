// SPDX-License-Identifier: Apache-2.0
// isthmus_shm.h for programs of Linux, with a stock kernel and no library: the region through UIO
// where a driver offers it, else /dev/mem; the doorbell through the GPIO character device
// (<linux/gpio.h>, version 2, Linux 5.10). C99 with POSIX (-std=gnu99, or
// -D_POSIX_C_SOURCE=200809L).
//
//     struct isthmus_link link;
//     if (isthmus_link_open(&link, "mailbox", NULL, 0) != ISTHMUS_OK) ...
//     isthmus_link_send(&link, text, length, 1000);
//     isthmus_link_receive(&link, buffer, sizeof(buffer), &length, 1000);
//     isthmus_link_close(&link);
//
// A program with other things to wait for polls `link.rung` (POLLIN) itself, as isthmus_wait.h
// shows, and calls isthmus_line_drain() when it is readable. Where the region has no doorbell, both
// calls look again every 100 microseconds.
#ifndef ISTHMUS_LINUX_H
#define ISTHMUS_LINUX_H

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "isthmus_shm.h"

#define ISTHMUS_LINUX_CHIPS 64  // /dev/gpiochip0 and on; as many of /dev/uio0

/// The device tree as the kernel was handed it: OK, SYSTEM, or BAD_TREE. The caller frees `*blob`.
static inline int isthmus_linux_read_tree(void** blob, size_t* size) {
    const int file = open("/sys/firmware/fdt", O_RDONLY | O_CLOEXEC);
    *blob = file < 0 ? NULL : malloc(ISTHMUS_BOOT_TREE_SIZE);
    *size = 0;
    while (*blob != NULL && *size < ISTHMUS_BOOT_TREE_SIZE) {
        const ssize_t got = read(file, (char*)*blob + *size, ISTHMUS_BOOT_TREE_SIZE - *size);
        if (got <= 0) {
            break;
        }
        *size += (size_t)got;
    }
    if (file >= 0) {
        close(file);
    }
    return *blob == NULL ? ISTHMUS_SYSTEM : *size == 0 ? ISTHMUS_BAD_TREE : ISTHMUS_OK;
}

/// A number in a file of /sys; 0 when there is none.
static inline unsigned long long isthmus_linux_number(const char* path) {
    char text[32] = {0};
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
    if (file >= 0) {
        close(file);
    }
    return got > 0 ? strtoull(text, NULL, 0) : 0;
}

/// Maps the region: OK or SYSTEM. /dev/mem maps it uncached, as a device: the calls of
/// isthmus_channel.h may be used on it, memcpy() may not.
static inline int isthmus_linux_map(const struct isthmus_region* region, void** mapped) {
    const int access = region->writable ? O_RDWR : O_RDONLY;
    const int protection = region->writable ? PROT_READ | PROT_WRITE : PROT_READ;
    char path[64];
    int file = -1;
    off_t offset = (off_t)region->address;
    for (int i = 0; i < ISTHMUS_LINUX_CHIPS && file < 0; ++i) {
        snprintf(path, sizeof(path), "/sys/class/uio/uio%d/maps/map0/addr", i);
        if (isthmus_linux_number(path) == region->address && region->address != 0) {
            snprintf(path, sizeof(path), "/dev/uio%d", i);
            file = open(path, access | O_CLOEXEC);
            offset = 0;
        }
    }
    if (file < 0) {
        file = open("/dev/mem", access | O_SYNC | O_CLOEXEC);
        offset = (off_t)region->address;
    }
    *mapped = file < 0 ? MAP_FAILED
                       : mmap(NULL, (size_t)region->size, protection, MAP_SHARED, file, offset);
    if (file >= 0) {
        close(file);  // the mapping stays
    }
    return *mapped == MAP_FAILED ? ISTHMUS_SYSTEM : ISTHMUS_OK;
}

/// The line of this name on an open chip; -1 when it has none.
static inline int isthmus_line_on_chip(int chip, const char* name) {
    struct gpiochip_info info;
    memset(&info, 0, sizeof(info));
    if (ioctl(chip, GPIO_GET_CHIPINFO_IOCTL, &info) != 0) {
        return -1;
    }
    for (unsigned line = 0; line < info.lines; ++line) {
        struct gpio_v2_line_info found;
        memset(&found, 0, sizeof(found));
        found.offset = line;
        if (ioctl(chip, GPIO_V2_GET_LINEINFO_IOCTL, &found) == 0 &&
            strncmp(found.name, name, sizeof(found.name)) == 0) {
            return (int)line;
        }
    }
    return -1;
}

/// Asks for the line of this name: "….ring" as an output, "….rung" for its rising edges. The line's
/// file descriptor; NOT_FOUND (also for a name that the kernel cuts off: 32 letters and more), or
/// SYSTEM.
static inline int isthmus_line_request(const char* name, unsigned long long flags) {
    struct gpio_v2_line_request request;
    char path[32];
    for (int i = 0; i < ISTHMUS_LINUX_CHIPS && strlen(name) < GPIO_MAX_NAME_SIZE; ++i) {
        snprintf(path, sizeof(path), "/dev/gpiochip%d", i);
        const int chip = open(path, O_RDWR | O_CLOEXEC);
        const int line = chip < 0 ? -1 : isthmus_line_on_chip(chip, name);
        int status = ISTHMUS_NOT_FOUND;
        if (line >= 0) {
            memset(&request, 0, sizeof(request));
            request.offsets[0] = (unsigned)line;
            request.num_lines = 1;
            request.config.flags = flags;
            strcpy(request.consumer, "isthmus");
            status =
                ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) == 0 ? request.fd : ISTHMUS_SYSTEM;
        }
        if (chip >= 0) {
            close(chip);
        }
        if (status != ISTHMUS_NOT_FOUND) {
            return status;
        }
    }
    return ISTHMUS_NOT_FOUND;
}

/// Rings: OK or SYSTEM.
static inline int isthmus_line_write(int line) {
    struct gpio_v2_line_values values;
    memset(&values, 0, sizeof(values));
    values.bits = 1;
    values.mask = 1;
    return ioctl(line, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) == 0 ? ISTHMUS_OK : ISTHMUS_SYSTEM;
}

/// Takes the edges that wait on a "….rung" line, after poll() said that there are some.
static inline void isthmus_line_drain(int line) {
    struct gpio_v2_line_event events[16];
    struct pollfd waiting = {line, POLLIN, 0};
    do {
        if (read(line, events, sizeof(events)) <= 0) {
            return;
        }
        waiting.revents = 0;
    } while (poll(&waiting, 1, 0) > 0);
}

/// A channel to one party of a region, with its doorbell.
struct isthmus_link {
    struct isthmus_channel channel;
    struct isthmus_region region;
    struct isthmus_bell bell;
    void* tree;
    void* mapped;
    uint32_t me, peer;
    int ring, rung;  // file descriptors of the lines; negative: no doorbell, look again and again
    uint32_t rings, wakes;  // how often this party rang, and was rung
    long long deadline;     // of the call that waits; milliseconds
};

static inline long long isthmus_linux_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static inline void isthmus_link_ring(void* context) {
    struct isthmus_link* link = (struct isthmus_link*)context;
    if (link->ring >= 0 && isthmus_line_write(link->ring) == ISTHMUS_OK) {
        link->rings += 1;
    }
}

static inline int isthmus_link_wait(void* context) {
    struct isthmus_link* link = (struct isthmus_link*)context;
    const long long left = link->deadline - isthmus_linux_now();
    struct pollfd waiting = {link->rung, POLLIN, 0};
    if (left <= 0) {
        return ISTHMUS_TIMEOUT;
    }
    if (link->rung < 0) {
        const struct timespec pause = {0, 100000};
        nanosleep(&pause, NULL);
        return ISTHMUS_OK;
    }
    const int ready = poll(&waiting, 1, left < 1000000 ? (int)left : 1000000);
    if (ready < 0) {
        return errno == EINTR ? ISTHMUS_OK : ISTHMUS_SYSTEM;
    }
    if (ready > 0) {
        isthmus_line_drain(link->rung);
        link->wakes += 1;
    }
    return ISTHMUS_OK;
}

/// Which parties these are. Without doorbells the tree does not say: then there are two.
static inline int isthmus_link_choose(struct isthmus_link* link, const char* peer, uint32_t me) {
    link->me = link->region.parties != 0 ? link->region.party : me;
    link->peer = link->me == 0 ? 1 : 0;
    return peer != NULL && link->region.parties != 0
               ? isthmus_find_party(&link->region, peer, &link->peer)
               : ISTHMUS_OK;
}

static inline int isthmus_link_open_lines(struct isthmus_link* link) {
    char name[128];
    if (isthmus_doorbell_to(&link->region, link->peer) == ISTHMUS_NO_DOORBELL ||
        isthmus_line_name(&link->region, link->peer, "rung", name, sizeof(name)) != ISTHMUS_OK) {
        return ISTHMUS_OK;
    }
    link->rung =
        isthmus_line_request(name, GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING);
    if (link->rung < 0) {
        return link->rung;
    }
    isthmus_line_name(&link->region, link->peer, "ring", name, sizeof(name));
    link->ring = isthmus_line_request(name, GPIO_V2_LINE_FLAG_OUTPUT);
    return link->ring < 0 ? link->ring : ISTHMUS_OK;
}

/// Leaves, and gives everything back.
static inline void isthmus_link_close(struct isthmus_link* link) {
    if (link->channel.generation != 0) {
        isthmus_channel_close(&link->channel);
        isthmus_ring_if_asleep(&link->channel, &link->bell);
    }
    if (link->ring >= 0) {
        close(link->ring);
    }
    if (link->rung >= 0) {
        close(link->rung);
    }
    if (link->mapped != MAP_FAILED) {
        munmap(link->mapped, (size_t)link->region.size);
    }
    free(link->tree);
    memset(link, 0, sizeof(*link));
}

/// Opens the channel to `peer` (a party's name; NULL: the first other one) in the region of this
/// id: a text, or "cell=NUMBER". `me`: own number, 0 or 1, where the tree does not say. OK, or what
/// is not; then nothing has to be closed.
static inline int isthmus_link_open(struct isthmus_link* link, const char* id, const char* peer,
                                    uint32_t me) {
    size_t size = 0;
    memset(link, 0, sizeof(*link));
    link->ring = link->rung = -1;
    link->mapped = MAP_FAILED;
    link->bell.ring = isthmus_link_ring;
    link->bell.wait = isthmus_link_wait;
    link->bell.context = link;
    int status = isthmus_linux_read_tree(&link->tree, &size);
    if (status == ISTHMUS_OK) {
        status = strncmp(id, "cell=", 5) == 0
                     ? isthmus_find_numbered_region(
                           link->tree, size, (uint32_t)strtoul(id + 5, NULL, 0), &link->region)
                     : isthmus_find_region(link->tree, size, id, &link->region);
    }
    if (status == ISTHMUS_OK) {
        status = link->region.writable ? isthmus_link_choose(link, peer, me) : ISTHMUS_READ_ONLY;
    }
    if (status == ISTHMUS_OK) {
        status = isthmus_linux_map(&link->region, &link->mapped);
    }
    if (status == ISTHMUS_OK) {
        status = isthmus_link_open_lines(link);
    }
    if (status == ISTHMUS_OK) {
        status = isthmus_channel_open_region(
            &link->channel, link->mapped, (size_t)link->region.size,
            link->region.parties != 0 ? link->region.parties : 2, link->me, link->peer);
        isthmus_ring_if_asleep(&link->channel, &link->bell);
    }
    if (status != ISTHMUS_OK) {
        const int why = errno;
        isthmus_link_close(link);
        errno = why;
    }
    return status;
}

/// Sends one message, asleep while there is no room or no peer: for so many milliseconds.
static inline int isthmus_link_send(struct isthmus_link* link, const void* message, uint32_t length,
                                    uint32_t milliseconds) {
    link->deadline = isthmus_linux_now() + milliseconds;
    return isthmus_channel_send_wait(&link->channel, &link->bell, message, length);
}

/// Receives one message, asleep until there is one.
static inline int isthmus_link_receive(struct isthmus_link* link, void* buffer, uint32_t size,
                                       uint32_t* length, uint32_t milliseconds) {
    link->deadline = isthmus_linux_now() + milliseconds;
    return isthmus_channel_receive_wait(&link->channel, &link->bell, buffer, size, length);
}

#endif
