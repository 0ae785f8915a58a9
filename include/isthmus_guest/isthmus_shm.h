// SPDX-License-Identifier: Apache-2.0
// What a guest needs to use a shared region of Isthmus: C99, nothing but the compiler's own
// headers, no library. The same files serve bare metal, an RTOS and Linux; copy the folder.
//
//     isthmus_status.h    what the functions answer
//     isthmus_region.h    finds a region in the device tree: where, whose, how to ring
//                         (over isthmus_tree.h and isthmus_property.h)
//     isthmus_area.h      the layout of messages in memory, and its order
//     isthmus_channel.h   messages between two parties
//     isthmus_wait.h      sleep until the peer has done something, wake it
//     isthmus_peer.h      is the peer there, and is it the one that it was
//     isthmus_doorbell.h  rings and takes doorbells at EL1, by hypercall or by the GPIO block
//
// isthmus_linux.h (programs of Linux) and isthmus_shm.hpp (C++) stand on these. How to use them:
// docs/shared-memory.md.
#ifndef ISTHMUS_SHM_H
#define ISTHMUS_SHM_H

#include "isthmus_channel.h"
#include "isthmus_doorbell.h"
#include "isthmus_peer.h"
#include "isthmus_region.h"
#include "isthmus_status.h"
#include "isthmus_wait.h"

#endif
