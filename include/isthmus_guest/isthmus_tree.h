// SPDX-License-Identifier: Apache-2.0
// A walk over a flattened device tree (Devicetree specification, chapter 5), as far as
// isthmus_region.h needs it. The tree may be anything: each offset and length is checked against
// the size that the caller gave, each step goes forward by a whole token.
#ifndef ISTHMUS_TREE_H
#define ISTHMUS_TREE_H

#include "isthmus_property.h"
#include "isthmus_status.h"

#if defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

/// What may be read at x0 when a guest begins: Linux's boot protocol for arm64 allows no more.
#define ISTHMUS_BOOT_TREE_SIZE 0x200000u

/// Nodes deeper than this are passed over.
#define ISTHMUS_TREE_DEPTH 16

struct isthmus_tree {
    const uint8_t* nodes;
    const uint8_t* names;  // of properties
    uint32_t nodes_size, names_size;
};

struct isthmus_node {
    uint32_t properties;                 // where they begin
    uint32_t address_cells, size_cells;  // those of its parent, which its reg is written in
};

struct isthmus_walk {
    uint32_t at;
    uint32_t depth;  // of the node that the walk is in; 0: outside the root
    uint32_t address_cells[ISTHMUS_TREE_DEPTH + 1], size_cells[ISTHMUS_TREE_DEPTH + 1];
};

enum {
    ISTHMUS_TOKEN_BEGIN = 1,
    ISTHMUS_TOKEN_END = 2,
    ISTHMUS_TOKEN_PROPERTY = 3,
    ISTHMUS_TOKEN_NOP = 4,
    ISTHMUS_TOKEN_LAST = 9
};

/// Of the `size` bytes at `blob`: OK or BAD_TREE.
static inline int isthmus_tree_open(struct isthmus_tree* tree, const void* blob, size_t size) {
    const uint8_t* bytes = (const uint8_t*)blob;
    if (bytes == NULL || size < 40 || isthmus_be32(bytes) != 0xd00dfeedu) {
        return ISTHMUS_BAD_TREE;
    }
    const uint32_t total = isthmus_be32(bytes + 4);
    const uint32_t nodes = isthmus_be32(bytes + 8);
    const uint32_t names = isthmus_be32(bytes + 12);
    tree->names_size = isthmus_be32(bytes + 32);
    tree->nodes_size = isthmus_be32(bytes + 36);
    // Version 17 has the nodes' size, and is compatible down to 16 (chapter 5.2).
    if (isthmus_be32(bytes + 20) < 17 || isthmus_be32(bytes + 24) > 17 || total > size ||
        nodes > total || tree->nodes_size > total - nodes || names > total ||
        tree->names_size > total - names) {
        return ISTHMUS_BAD_TREE;
    }
    tree->nodes = bytes + nodes;
    tree->names = bytes + names;
    return ISTHMUS_OK;
}

/// The text at `at`, when its NUL stands before `size` and within 256 bytes: longer names are none
/// of ours, and a tree of nothing but a name costs no more time than another.
static inline const char* isthmus_bounded_text(const uint8_t* bytes, uint32_t size, uint32_t at) {
    for (uint32_t end = at; end < size && end - at < 256; ++end) {
        if (bytes[end] == 0) {
            return (const char*)bytes + at;
        }
    }
    return NULL;
}

/// Reads the token at `*at` and steps behind it. ISTHMUS_TOKEN_LAST also when the tree is cut off
/// or holds what is no token.
static inline uint32_t isthmus_next_token(const struct isthmus_tree* tree, uint32_t* at,
                                          const char** name, struct isthmus_property* property) {
    const uint32_t start = *at;
    if (start > tree->nodes_size || tree->nodes_size - start < 4) {
        return ISTHMUS_TOKEN_LAST;
    }
    const uint32_t token = isthmus_be32(tree->nodes + start);
    uint32_t length = 4;
    if (token == ISTHMUS_TOKEN_BEGIN) {
        *name = isthmus_bounded_text(tree->nodes, tree->nodes_size, start + 4);
        if (*name == NULL) {
            return ISTHMUS_TOKEN_LAST;
        }
        length += (uint32_t)isthmus_text_size(*name);
    } else if (token == ISTHMUS_TOKEN_PROPERTY) {
        if (tree->nodes_size - start < 12) {
            return ISTHMUS_TOKEN_LAST;
        }
        property->size = isthmus_be32(tree->nodes + start + 4);
        property->value = tree->nodes + start + 12;
        *name = isthmus_bounded_text(tree->names, tree->names_size,
                                     isthmus_be32(tree->nodes + start + 8));
        if (*name == NULL || property->size > tree->nodes_size - start - 12) {
            return ISTHMUS_TOKEN_LAST;
        }
        length = 12 + property->size;
    } else if (token != ISTHMUS_TOKEN_END && token != ISTHMUS_TOKEN_NOP) {
        return ISTHMUS_TOKEN_LAST;
    }
    const uint32_t padding = (4 - (length & 3)) & 3;
    if (tree->nodes_size - start - length < padding) {
        return ISTHMUS_TOKEN_LAST;
    }
    *at = start + length + padding;
    return token;
}

/// A node's own property of this name.
static inline struct isthmus_property isthmus_get_property(const struct isthmus_tree* tree,
                                                           const struct isthmus_node* node,
                                                           const char* wanted) {
    struct isthmus_property property = {NULL, 0};
    const char* name = NULL;
    uint32_t at = node->properties;
    for (;;) {
        const uint32_t token = isthmus_next_token(tree, &at, &name, &property);
        if (token == ISTHMUS_TOKEN_PROPERTY && isthmus_same_text(name, wanted)) {
            return property;
        }
        if (token != ISTHMUS_TOKEN_PROPERTY && token != ISTHMUS_TOKEN_NOP) {
            const struct isthmus_property none = {NULL, 0};
            return none;
        }
    }
}

static inline struct isthmus_walk isthmus_walk_begin(void) {
    struct isthmus_walk walk;
    walk.at = 0;
    walk.depth = 0;
    for (int i = 0; i <= ISTHMUS_TREE_DEPTH; ++i) {
        walk.address_cells[i] = 2;
        walk.size_cells[i] = 1;
    }
    return walk;
}

/// Keeps the cells that a node's children are written in; what they may be is said in
/// chapter 2.3.5.
static inline void isthmus_keep_cells(struct isthmus_walk* walk, const char* name,
                                      const struct isthmus_property* property) {
    if (walk->depth > ISTHMUS_TREE_DEPTH || property->size != 4) {
        return;
    }
    if (isthmus_same_text(name, "#address-cells")) {
        walk->address_cells[walk->depth] = isthmus_cell(property, 0);
    } else if (isthmus_same_text(name, "#size-cells")) {
        walk->size_cells[walk->depth] = isthmus_cell(property, 0);
    }
}

/// The next node of the tree, in its order: OK, or NOT_FOUND at the end.
static inline int isthmus_next_node(const struct isthmus_tree* tree, struct isthmus_walk* walk,
                                    struct isthmus_node* node) {
    struct isthmus_property property = {NULL, 0};
    const char* name = NULL;
    for (;;) {
        const uint32_t token = isthmus_next_token(tree, &walk->at, &name, &property);
        if (token == ISTHMUS_TOKEN_PROPERTY) {
            isthmus_keep_cells(walk, name, &property);
        } else if (token == ISTHMUS_TOKEN_END) {
            walk->depth -= walk->depth != 0 ? 1u : 0u;
        } else if (token == ISTHMUS_TOKEN_BEGIN) {
            const uint32_t parent = walk->depth++;
            if (parent >= ISTHMUS_TREE_DEPTH) {
                continue;
            }
            walk->address_cells[walk->depth] = 2;
            walk->size_cells[walk->depth] = 1;
            node->properties = walk->at;
            node->address_cells = walk->address_cells[parent];
            node->size_cells = walk->size_cells[parent];
            return ISTHMUS_OK;
        } else if (token == ISTHMUS_TOKEN_LAST) {
            return ISTHMUS_NOT_FOUND;
        }
    }
}

/// The next node whose `compatible` names this.
static inline int isthmus_next_compatible(const struct isthmus_tree* tree,
                                          struct isthmus_walk* walk, const char* compatible,
                                          struct isthmus_node* node) {
    for (;;) {
        const int status = isthmus_next_node(tree, walk, node);
        if (status != ISTHMUS_OK) {
            return status;
        }
        const struct isthmus_property list = isthmus_get_property(tree, node, "compatible");
        if (isthmus_has_text(&list, compatible)) {
            return ISTHMUS_OK;
        }
    }
}

/// The first entry of a node's `reg`: an address and a size of one or two cells.
static inline bool isthmus_get_range(const struct isthmus_tree* tree,
                                     const struct isthmus_node* node, const char* name,
                                     uint64_t* address, uint64_t* size) {
    const struct isthmus_property reg = isthmus_get_property(tree, node, name);
    const uint32_t first = node->address_cells;
    const uint32_t second = node->size_cells;
    if (first - 1 > 1 || second - 1 > 1 || reg.size < (first + second) * 4) {
        return false;
    }
    *address = isthmus_number(&reg, 0, first);
    *size = isthmus_number(&reg, first, second);
    return *size != 0 && *size - 1 <= UINT64_MAX - *address;
}
static inline bool isthmus_get_reg(const struct isthmus_tree* tree, const struct isthmus_node* node,
                                   uint64_t* address, uint64_t* size) {
    return isthmus_get_range(tree, node, "reg", address, size);
}

#if defined(__cplusplus)
#pragma GCC diagnostic pop
#endif
#endif
