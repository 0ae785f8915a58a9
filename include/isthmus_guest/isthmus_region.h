// SPDX-License-Identifier: Apache-2.0
// Finds a shared region by its id in a guest's flattened device tree: bare metal is handed the tree
// in x0, Linux shows it as /sys/firmware/fdt.
//
//     xen-shmem@50000000 {
//         compatible = "xen,shared-memory-v1";
//         reg = <0x0 0x50000000 0x0 0x10000>;
//         xen,id = "mailbox";                       or one cell, for a numbered region
//         xen,offset = <0x0 0x0>;
//         isthmus,access = "ro";                    when this guest may only read
//         isthmus,parties = "guest-a", "guest-b";   who they are, by number
//         isthmus,party = <0>;                      this guest's own number
//         isthmus,doorbells = <0xffffffff 0>;       by party: the number that rings it
//         isthmus,event-channels = <0 5>;           by party: the port of Xen's event channel; 0:
//         none interrupts = <0 42 1>;                    rings when a doorbell of this region does
//         isthmus,status = <0x0 0x22100000 0x0 0x1000>;  what has become of each party, to read
//     };
//
// All loops are bounded by the size that the caller gives; nothing outside is ever read.
#ifndef ISTHMUS_REGION_H
#define ISTHMUS_REGION_H

#include "isthmus_tree.h"

#define ISTHMUS_NO_DOORBELL 0xffffffffu

enum isthmus_presentation {
    ISTHMUS_RESERVED,  // kept out of the kernel's hands
    ISTHMUS_PMEM,      // the same, and offered as a pmem-region
    ISTHMUS_XEN        // listed as RAM, as Xen does
};

struct isthmus_region {
    uint64_t address;  // guest physical
    uint64_t size;     // in bytes
    uint64_t offset;   // where in the region this view begins
    enum isthmus_presentation presentation;
    bool writable;
    uint32_t parties;    // how many; 0: the tree does not say, so it has no doorbells and no status
    uint32_t party;      // this guest's own number
    uint32_t interrupt;  // INTID by which the region's doorbells ring here; 0: none
    uint64_t status;     // guest physical, of the page of isthmus_peer.h; 0: there is none
    uint64_t status_size;
    // As they stand in the tree, which has to stay where it is.
    struct isthmus_property id, names, doorbells, event_channels;
};

/// One line of a GPIO block (Arm PL061): rings a party, or is rung by it.
struct isthmus_line {
    uint64_t address;    // guest physical, of the block's 4 KiB
    uint32_t line;       // 0 to 7
    uint32_t interrupt;  // INTID of the block; 0: none
};

/// INTID of the first entry of `interrupts` (three cells, Arm GIC binding); 0 when there is none.
static inline uint32_t isthmus_first_interrupt(const struct isthmus_tree* tree,
                                               const struct isthmus_node* node) {
    const struct isthmus_property cells = isthmus_get_property(tree, node, "interrupts");
    if (cells.size < 12 || isthmus_cell(&cells, 0) > 1 || isthmus_cell(&cells, 1) > 987) {
        return 0;
    }
    return isthmus_cell(&cells, 1) + (isthmus_cell(&cells, 0) == 0 ? 32u : 16u);
}

static inline void isthmus_read_parties(const struct isthmus_tree* tree,
                                        const struct isthmus_node* node,
                                        struct isthmus_region* region) {
    const struct isthmus_property own = isthmus_get_property(tree, node, "isthmus,party");
    region->names = isthmus_get_property(tree, node, "isthmus,parties");
    region->doorbells = isthmus_get_property(tree, node, "isthmus,doorbells");
    region->event_channels = isthmus_get_property(tree, node, "isthmus,event-channels");
    region->parties = isthmus_count_texts(&region->names);
    region->party = own.size == 4 ? isthmus_cell(&own, 0) : 0;
    if (region->party >= region->parties) {
        region->parties = 0;
        region->party = 0;
    }
}

/// False when the node lacks what every region has.
static inline bool isthmus_read_region(const struct isthmus_tree* tree,
                                       const struct isthmus_node* node,
                                       struct isthmus_region* region) {
    const struct isthmus_property offset = isthmus_get_property(tree, node, "xen,offset");
    const struct isthmus_property access = isthmus_get_property(tree, node, "isthmus,access");
    if (!isthmus_get_reg(tree, node, &region->address, &region->size)) {
        return false;
    }
    region->id = isthmus_get_property(tree, node, "xen,id");
    region->offset = offset.size == 8 ? isthmus_number(&offset, 0, 2) : 0;
    region->writable = !isthmus_has_text(&access, "ro");
    region->presentation =
        isthmus_get_property(tree, node, "no-map").value != NULL ? ISTHMUS_RESERVED : ISTHMUS_XEN;
    region->interrupt = isthmus_first_interrupt(tree, node);
    if (!isthmus_get_range(tree, node, "isthmus,status", &region->status, &region->status_size)) {
        region->status = 0;
        region->status_size = 0;
    }
    isthmus_read_parties(tree, node, region);
    return true;
}

/// Whether a pmem-region stands over the region.
static inline bool isthmus_is_pmem(const struct isthmus_tree* tree, uint64_t address) {
    struct isthmus_walk walk = isthmus_walk_begin();
    struct isthmus_node node;
    uint64_t start = 0;
    uint64_t size = 0;
    while (isthmus_next_compatible(tree, &walk, "pmem-region", &node) == ISTHMUS_OK) {
        if (isthmus_get_reg(tree, &node, &start, &size) && start == address) {
            return true;
        }
    }
    return false;
}

/// `id`: the property's bytes, a text with its NUL.
static inline int isthmus_find_by_id(const void* blob, size_t size, const void* id, size_t id_size,
                                     struct isthmus_region* region) {
    struct isthmus_tree tree;
    struct isthmus_walk walk = isthmus_walk_begin();
    struct isthmus_node node;
    int status = isthmus_tree_open(&tree, blob, size);
    while (status == ISTHMUS_OK) {
        status = isthmus_next_compatible(&tree, &walk, "xen,shared-memory-v1", &node);
        if (status == ISTHMUS_OK && isthmus_read_region(&tree, &node, region) &&
            isthmus_is_value(&region->id, id, id_size)) {
            if (region->presentation == ISTHMUS_RESERVED &&
                isthmus_is_pmem(&tree, region->address)) {
                region->presentation = ISTHMUS_PMEM;
            }
            return ISTHMUS_OK;
        }
    }
    return status;
}

/// The region with this text as its id. `blob`: a flattened tree, of which `size` bytes may be read
/// (bare metal: ISTHMUS_BOOT_TREE_SIZE). OK, NOT_FOUND, BAD_TREE.
static inline int isthmus_find_region(const void* blob, size_t size, const char* id,
                                      struct isthmus_region* region) {
    return isthmus_find_by_id(blob, size, id, isthmus_text_size(id), region);
}

/// The region with this number as its id (the dialect of 2022: one cell).
static inline int isthmus_find_numbered_region(const void* blob, size_t size, uint32_t id,
                                               struct isthmus_region* region) {
    uint8_t cell[4];
    isthmus_put_be32(cell, id);
    return isthmus_find_by_id(blob, size, cell, sizeof(cell), region);
}

/// A party's name; NULL when there is no such party.
static inline const char* isthmus_party_name(const struct isthmus_region* region, uint32_t party) {
    return party < region->parties ? isthmus_text_at(&region->names, party) : NULL;
}

/// The number of a party by its name: OK or NOT_FOUND.
static inline int isthmus_find_party(const struct isthmus_region* region, const char* name,
                                     uint32_t* party) {
    for (*party = 0; *party < region->parties; ++*party) {
        if (isthmus_same_text(isthmus_text_at(&region->names, *party), name)) {
            return ISTHMUS_OK;
        }
    }
    return ISTHMUS_NOT_FOUND;
}

/// The number that rings a party (isthmus_doorbell_ring()); ISTHMUS_NO_DOORBELL when none does.
static inline uint32_t isthmus_doorbell_to(const struct isthmus_region* region, uint32_t party) {
    return party < region->parties && party < region->doorbells.size / 4
               ? isthmus_cell(&region->doorbells, party)
               : ISTHMUS_NO_DOORBELL;
}

/// This guest's port of the event channel to a party (EVTCHNOP_send); 0 when there is none.
static inline uint32_t isthmus_event_channel_to(const struct isthmus_region* region,
                                                uint32_t party) {
    return party < region->parties && party < region->event_channels.size / 4
               ? isthmus_cell(&region->event_channels, party)
               : 0;
}

/// The name of the GPIO line "REGION.PEER.ring", or of "REGION.PEER.rung": `which` is "ring" or
/// "rung". OK; NOT_FOUND: no such party; TOO_LONG: more than `size` bytes with the NUL.
static inline int isthmus_line_name(const struct isthmus_region* region, uint32_t party,
                                    const char* which, char* name, size_t size) {
    const char* peer = isthmus_party_name(region, party);
    char digits[11];
    if (peer == NULL) {
        return ISTHMUS_NOT_FOUND;
    }
    const char* parts[5] = {isthmus_id_text(&region->id, digits), ".", peer, ".", which};
    size_t used = 0;
    for (int part = 0; part < 5; ++part) {
        for (const char* at = parts[part]; *at != '\0'; ++at) {
            if (used + 1 >= size) {
                return ISTHMUS_TOO_LONG;
            }
            name[used++] = *at;
        }
    }
    name[used] = '\0';
    return ISTHMUS_OK;
}

/// The GPIO block and line of this name, for guests that drive the block themselves.
static inline int isthmus_find_line(const void* blob, size_t size, const char* name,
                                    struct isthmus_line* found) {
    struct isthmus_tree tree;
    struct isthmus_walk walk = isthmus_walk_begin();
    struct isthmus_node node;
    uint64_t length = 0;
    int status = isthmus_tree_open(&tree, blob, size);
    while (status == ISTHMUS_OK) {
        status = isthmus_next_compatible(&tree, &walk, "arm,pl061", &node);
        if (status != ISTHMUS_OK || !isthmus_get_reg(&tree, &node, &found->address, &length)) {
            continue;
        }
        const struct isthmus_property names = isthmus_get_property(&tree, &node, "gpio-line-names");
        for (found->line = 0; found->line < 8; ++found->line) {
            const char* text = isthmus_text_at(&names, found->line);
            if (text != NULL && isthmus_same_text(text, name)) {
                found->interrupt = isthmus_first_interrupt(&tree, &node);
                return ISTHMUS_OK;
            }
        }
    }
    return status;
}

#endif
