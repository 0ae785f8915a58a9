/* SPDX-License-Identifier: Apache-2.0 */
/* A UART (SBSA: the PL011 without its line) to write to, a GICv3 for the one interrupt by which a
 * region's doorbells ring, and messages. */
#include "bare.h"

static const void* boot_tree;
static volatile uint32_t* uart;
static volatile uint8_t* distributor;

void* memcpy(void* to, const void* from, size_t size) {
    for (size_t i = 0; i < size; ++i)
        ((uint8_t*)to)[i] = ((const uint8_t*)from)[i];
    return to;
}

void* memset(void* to, int value, size_t size) {
    for (size_t i = 0; i < size; ++i)
        ((uint8_t*)to)[i] = (uint8_t)value;
    return to;
}

/* The first register range of a device; 0: there is none. */
static uintptr_t device(const char* compatible) {
    struct isthmus_tree tree;
    struct isthmus_walk walk = isthmus_walk_begin();
    struct isthmus_node node;
    uint64_t address = 0, size = 0;
    if (isthmus_tree_open(&tree, boot_tree, ISTHMUS_BOOT_TREE_SIZE) != ISTHMUS_OK ||
        isthmus_next_compatible(&tree, &walk, compatible, &node) != ISTHMUS_OK ||
        !isthmus_get_reg(&tree, &node, &address, &size))
        return 0;
    return (uintptr_t)address;
}

static void put(char letter) {
    while (uart && (uart[0x18 / 4] & 0x20)) { /* UARTFR.TXFF */
    }
    if (uart)
        uart[0] = (uint8_t)letter;
}

void bare_say(const char* text, uint32_t number) {
    char digits[10];
    int count = 0;
    for (; *text; ++text)
        put(*text);
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0)
        put(digits[--count]);
    put('\n');
}

/* Interrupts stay masked: WFI returns when one is pending all the same. */
static void open_gic(uint32_t interrupt) {
    volatile uint32_t* words = (volatile uint32_t*)distributor;
    words[0] = 0x12;                                               /* GICD_CTLR: ARE, group 1 */
    words[0x80 / 4 + interrupt / 32] |= 1u << interrupt % 32;      /* GICD_IGROUPR: group 1 */
    distributor[0x400 + interrupt] = 0x80;                         /* GICD_IPRIORITYR */
    words[0xc00 / 4 + interrupt / 16] |= 2u << interrupt % 16 * 2; /* GICD_ICFGR: edge */
    words[0x100 / 4 + interrupt / 32] = 1u << interrupt % 32;      /* GICD_ISENABLER */
    __asm__ volatile(
        "msr S3_0_C12_C12_5, %0\n\tisb\n\t" /* ICC_SRE_EL1 */
        "msr S3_0_C4_C6_0, %1\n\t"          /* ICC_PMR_EL1 */
        "msr S3_0_C12_C12_7, %2\n\tisb"     /* ICC_IGRPEN1_EL1 */
        :
        : "r"(7ul), "r"(0xfful), "r"(1ul));
}

static void ring(void* context) {
    isthmus_doorbell_ring(((struct peer*)context)->doorbell);
}

/* Any ring means: look again. */
static int wait(void* context) {
    uint64_t interrupt;
    (void)context;
    __asm__ volatile("wfi\n\tmrs %0, S3_0_C12_C12_0"
                     : "=r"(interrupt)
                     :
                     : "memory"); /* ICC_IAR1_EL1 */
    if (interrupt < 1020)
        __asm__ volatile("msr S3_0_C12_C12_1, %0\n\tisb" : : "r"(interrupt)); /* ICC_EOIR1_EL1 */
    isthmus_doorbell_take();
    return ISTHMUS_OK;
}

void bare_begin(const void* tree) {
    boot_tree = tree;
    uart = (volatile uint32_t*)device("arm,sbsa-uart");
    distributor = (volatile uint8_t*)device("arm,gic-v3");
}

int bare_open(struct peer* peer, const char* region, const char* name) {
    struct isthmus_region* found = &peer->region;
    uint32_t other = 0;
    int status = isthmus_find_region(boot_tree, ISTHMUS_BOOT_TREE_SIZE, region, found);
    if (status == ISTHMUS_OK)
        status = isthmus_find_party(found, name, &other);
    if (status == ISTHMUS_OK && (found->interrupt == 0 || !distributor))
        status = ISTHMUS_INVALID;
    if (status == ISTHMUS_OK)
        status = isthmus_channel_open_region(&peer->channel, (void*)(uintptr_t)found->address,
                                             found->size, found->parties, found->party, other);
    if (status != ISTHMUS_OK) {
        bare_say("no region, no such party, or no doorbells: ", (uint32_t)status);
        return 0;
    }
    const struct isthmus_bell bell = {ring, wait, peer};
    peer->bell = bell;
    peer->doorbell = isthmus_doorbell_to(found, other);
    open_gic(found->interrupt);
    return 1;
}

int bare_send(struct peer* peer, uint32_t number) {
    return isthmus_channel_send_wait(&peer->channel, &peer->bell, &number, sizeof number) ==
           ISTHMUS_OK;
}

int bare_receive(struct peer* peer, uint32_t* number) {
    uint32_t length = 0;
    return isthmus_channel_receive_wait(&peer->channel, &peer->bell, number, sizeof *number,
                                        &length) == ISTHMUS_OK &&
           length == sizeof *number;
}
