// SPDX-License-Identifier: Apache-2.0
// Values of a device tree's properties (Devicetree specification, chapter 2.2.4): cells, which are
// big-endian, and lists of texts.
#ifndef ISTHMUS_PROPERTY_H
#define ISTHMUS_PROPERTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

/// A property's value; `value` is NULL when there is no such property.
struct isthmus_property {
    const uint8_t* value;
    uint32_t size;
};

static inline uint32_t isthmus_be32(const uint8_t* bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static inline void isthmus_put_be32(uint8_t* bytes, uint32_t value) {
    for (int i = 0; i < 4; ++i) {
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/// Cell `index`, which the caller knows to be there.
static inline uint32_t isthmus_cell(const struct isthmus_property* property, uint32_t index) {
    return isthmus_be32(property->value + (size_t)index * 4);
}

/// One or two cells from `index` on as one number.
static inline uint64_t isthmus_number(const struct isthmus_property* property, uint32_t index,
                                      uint32_t count) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < count; ++i) {
        value = value << 32 | isthmus_cell(property, index + i);
    }
    return value;
}

static inline bool isthmus_same_text(const char* one, const char* other) {
    while (*one != '\0' && *one == *other) {
        ++one;
        ++other;
    }
    return *one == *other;
}

/// With its NUL.
static inline size_t isthmus_text_size(const char* text) {
    size_t size = 1;
    while (text[size - 1] != '\0') {
        ++size;
    }
    return size;
}

static inline bool isthmus_is_value(const struct isthmus_property* property, const void* bytes,
                                    size_t size) {
    const uint8_t* wanted = (const uint8_t*)bytes;
    if (property->value == NULL || property->size != size) {
        return false;
    }
    for (size_t i = 0; i < size; ++i) {
        if (property->value[i] != wanted[i]) {
            return false;
        }
    }
    return true;
}

/// Text `index` of a list of texts; NULL when there are not so many, or when it has no NUL.
static inline const char* isthmus_text_at(const struct isthmus_property* list, uint32_t index) {
    uint32_t start = 0;
    for (uint32_t at = 0; at < list->size; ++at) {
        if (list->value[at] == 0) {
            if (index == 0) {
                return (const char*)list->value + start;
            }
            --index;
            start = at + 1;
        }
    }
    return NULL;
}

static inline uint32_t isthmus_count_texts(const struct isthmus_property* list) {
    uint32_t count = 0;
    for (uint32_t at = 0; at < list->size; ++at) {
        count += list->value[at] == 0 ? 1u : 0u;
    }
    return count;
}

static inline bool isthmus_has_text(const struct isthmus_property* list, const char* text) {
    const char* found = NULL;
    uint32_t start = 0;
    while (start < list->size) {
        const struct isthmus_property rest = {list->value + start, list->size - start};
        found = isthmus_text_at(&rest, 0);
        if (found == NULL) {
            return false;
        }
        if (isthmus_same_text(found, text)) {
            return true;
        }
        start += (uint32_t)isthmus_text_size(found);
    }
    return false;
}

/// An id as GPIO lines are named after it: the text, or the number in decimal digits.
static inline const char* isthmus_id_text(const struct isthmus_property* id, char digits[11]) {
    const char* text = isthmus_text_at(id, 0);
    if (text != NULL && isthmus_text_size(text) == id->size && id->size > 1) {
        return text;
    }
    uint32_t number = id->size == 4 ? isthmus_cell(id, 0) : 0;
    char* at = digits + 10;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return at;
}

#if defined(__cplusplus)
#pragma GCC diagnostic pop
#endif
#endif
