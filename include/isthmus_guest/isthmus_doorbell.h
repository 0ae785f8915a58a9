// SPDX-License-Identifier: Apache-2.0
// Doorbells for code at EL1 (bare metal, an RTOS, a kernel's driver): ring a party of a region, and
// ask who rang. Two ways to the same bell (docs/signals.md):
//
//   by hypercall     isthmus_doorbell_ring(isthmus_doorbell_to(&region, party)); the region's
//                    interrupt says that someone rang, isthmus_doorbell_take() who
//   by the GPIO block  isthmus_line_ring() on the line "REGION.PEER.ring"; the block's interrupt
//   says
//                    that a line "REGION.PEER.rung" was rung, isthmus_line_take() which
//
// Rings are coalesced: a party that is rung twice before it looks has been rung once. So a ring
// means "look again", never "one message". Ringing is a release and taking is an acquire: who was
// woken sees what was written before the ring.
#ifndef ISTHMUS_DOORBELL_H
#define ISTHMUS_DOORBELL_H

#include "isthmus_region.h"
#include "isthmus_status.h"

// SMC Calling Convention (Arm DEN0028), vendor specific hypervisor service.
#define ISTHMUS_CALL_UID 0x8600ff01u
#define ISTHMUS_CALL_DOORBELL_RING 0xc6000001u
#define ISTHMUS_CALL_DOORBELL_TAKE 0xc6000002u

// Registers of Arm's PL061 (DDI 0190), of which each has 8 bits.
#define ISTHMUS_GPIO_DATA 0x000u  // bits 9:2 of the address choose the lines
#define ISTHMUS_GPIO_DIRECTION 0x400u
#define ISTHMUS_GPIO_INTERRUPT_ENABLE 0x410u
#define ISTHMUS_GPIO_RAW_STATUS 0x414u
#define ISTHMUS_GPIO_CLEAR 0x41cu

#if defined(__aarch64__)

#if defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

static inline uint64_t isthmus_hypercall(uint64_t function, uint64_t argument) {
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = argument;
    // The convention lets the callee change x1 to x3. The barrier orders what the message is made
    // of before the bell, whatever the bell's way is.
    __asm__ __volatile__("dmb ish\n\thvc #0" : "+r"(x0), "+r"(x1) : : "x2", "x3", "memory");
    return x0;
}

/// Rings the party that this number stands for: OK, or INVALID: no such doorbell (or no Isthmus).
static inline int isthmus_doorbell_ring(uint32_t doorbell) {
    return isthmus_hypercall(ISTHMUS_CALL_DOORBELL_RING, doorbell) == 0 ? ISTHMUS_OK
                                                                        : ISTHMUS_INVALID;
}

/// Which doorbells rang since the last call: bit n is doorbell n. 0 where there is none.
static inline uint64_t isthmus_doorbell_take(void) {
    const uint64_t mask = isthmus_hypercall(ISTHMUS_CALL_DOORBELL_TAKE, 0);
    return mask == UINT64_MAX ? 0 : mask;
}

// A line's block has to be mapped as device memory; `base` is where.

/// One plain store: an emulated device needs the syndrome that only the simple forms carry.
static inline void isthmus_gpio_write(uintptr_t base, uint32_t offset, uint8_t value) {
    __asm__ __volatile__("dmb ish\n\tstrb %w0, [%1]" : : "r"(value), "r"(base + offset) : "memory");
}
static inline uint8_t isthmus_gpio_read(uintptr_t base, uint32_t offset) {
    uint32_t value;
    __asm__ __volatile__("ldrb %w0, [%1]\n\tdmb ish" : "=r"(value) : "r"(base + offset) : "memory");
    return (uint8_t)value;
}

/// Makes a line "….ring" an output, or lets a line "….rung" interrupt.
static inline void isthmus_line_open_ring(uintptr_t base, uint32_t line) {
    const uint8_t outputs = isthmus_gpio_read(base, ISTHMUS_GPIO_DIRECTION);
    isthmus_gpio_write(base, ISTHMUS_GPIO_DIRECTION, (uint8_t)(outputs | 1u << line));
}
static inline void isthmus_line_open_rung(uintptr_t base, uint32_t line) {
    const uint8_t enabled = isthmus_gpio_read(base, ISTHMUS_GPIO_INTERRUPT_ENABLE);
    isthmus_gpio_write(base, ISTHMUS_GPIO_CLEAR, (uint8_t)(1u << line));
    isthmus_gpio_write(base, ISTHMUS_GPIO_INTERRUPT_ENABLE, (uint8_t)(enabled | 1u << line));
}

/// Each write of 1 rings.
static inline void isthmus_line_ring(uintptr_t base, uint32_t line) {
    isthmus_gpio_write(base, ISTHMUS_GPIO_DATA + (4u << line), (uint8_t)(1u << line));
}

/// Which of the block's lines were rung since the last call: bit n is line n.
static inline uint8_t isthmus_line_take(uintptr_t base) {
    const uint8_t rung = isthmus_gpio_read(base, ISTHMUS_GPIO_RAW_STATUS);
    isthmus_gpio_write(base, ISTHMUS_GPIO_CLEAR, rung);
    return rung;
}

#if defined(__cplusplus)
#pragma GCC diagnostic pop
#endif
#endif
#endif
