// SPDX-License-Identifier: Apache-2.0
// What the functions of isthmus_shm.h answer: 0 is good, a negative number says what is not.
#ifndef ISTHMUS_STATUS_H
#define ISTHMUS_STATUS_H

enum {
    ISTHMUS_OK = 0,
    ISTHMUS_EMPTY = -1,       // no message waits
    ISTHMUS_FULL = -2,        // no room for this message now
    ISTHMUS_NOT_READY = -3,   // the peer is not there yet, has left, or begins anew
    ISTHMUS_TOO_LONG = -4,    // longer than the ring, or than the caller's buffer
    ISTHMUS_CORRUPT = -5,     // the peer wrote what cannot be; isthmus_channel_open() begins anew
    ISTHMUS_VERSION = -6,     // the peer speaks another version of the layout
    ISTHMUS_BYTE_ORDER = -7,  // the peer writes its numbers in the other byte order
    ISTHMUS_INVALID = -8,     // an argument that cannot be: too small, not aligned, no such party
    ISTHMUS_NOT_FOUND = -9,   // no such region, line or party
    ISTHMUS_BAD_TREE = -10,   // not a flattened device tree of version 16 or 17, or cut off
    ISTHMUS_TIMEOUT = -11,    // nobody rang in time
    ISTHMUS_READ_ONLY = -12,  // this guest may only read the region
    ISTHMUS_SYSTEM = -13      // Linux refused a call: errno says why
};

/// For messages to people.
static inline const char* isthmus_status_text(int status) {
    static const char* const texts[] = {
        "ok",
        "no message waits",
        "no room now",
        "the peer is not there",
        "too long",
        "the peer wrote nonsense",
        "the peer speaks another version",
        "the peer has the other byte order",
        "invalid argument",
        "not found",
        "not a device tree",
        "timeout",
        "the region may only be read",
        "refused by the system",
    };
    return status <= ISTHMUS_OK && status >= ISTHMUS_SYSTEM ? texts[-status] : "unknown";
}

#endif
