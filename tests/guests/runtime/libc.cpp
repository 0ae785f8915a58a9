// SPDX-License-Identifier: Apache-2.0
// The few C functions that the compiler and libfdt call. Word-wise where both sides are aligned: a
// guest copies and compares a good deal, and memory may still be device memory (MMU off).
#include <cstddef>
#include <cstdint>

#include "runtime/runtime.hpp"

namespace {

/// Any memory, eight bytes at a time.
using Word [[gnu::may_alias]] = std::uint64_t;

Word* words(void* memory) {
    return static_cast<Word*>(memory);
}
const Word* words(const void* memory) {
    return static_cast<const Word*>(memory);
}

bool word_aligned(const void* first, const void* second = nullptr) {
    return ((reinterpret_cast<std::uintptr_t>(first) | reinterpret_cast<std::uintptr_t>(second)) &
            7) == 0;
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto* in = static_cast<const unsigned char*>(from);
    if (word_aligned(to, from)) {
        for (; size >= 8; size -= 8, out += 8, in += 8) {
            *words(out) = *words(in);
        }
    }
    for (; size != 0; --size) {
        *out++ = *in++;
    }
    return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto* in = static_cast<const unsigned char*>(from);
    if (out <= in || out >= in + size) {
        return memcpy(to, from, size);
    }
    for (; size != 0; --size) {
        out[size - 1] = in[size - 1];
    }
    return to;
}

void* memset(void* to, int value, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto byte = static_cast<unsigned char>(value);
    if (word_aligned(to)) {
        for (; size >= 8; size -= 8, out += 8) {
            *words(out) = byte * std::uint64_t{0x0101010101010101};
        }
    }
    for (; size != 0; --size) {
        *out++ = byte;
    }
    return to;
}

int memcmp(const void* left, const void* right, std::size_t size) {
    const auto* a = static_cast<const unsigned char*>(left);
    const auto* b = static_cast<const unsigned char*>(right);
    for (; size != 0; --size, ++a, ++b) {
        if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return 0;
}

void* memchr(const void* text, int value, std::size_t size) {
    const auto* at = static_cast<const unsigned char*>(text);
    for (; size != 0; --size, ++at) {
        if (*at == static_cast<unsigned char>(value)) {
            return const_cast<unsigned char*>(at);
        }
    }
    return nullptr;
}

std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != '\0') {
        ++length;
    }
    return length;
}

std::size_t strnlen(const char* text, std::size_t size) {
    std::size_t length = 0;
    while (length < size && text[length] != '\0') {
        ++length;
    }
    return length;
}

char* strchr(const char* text, int value) {
    for (;; ++text) {
        if (*text == static_cast<char>(value)) {
            return const_cast<char*>(text);
        }
        if (*text == '\0') {
            return nullptr;
        }
    }
}

char* strrchr(const char* text, int value) {
    const char* found = nullptr;
    for (;; ++text) {
        if (*text == static_cast<char>(value)) {
            found = text;
        }
        if (*text == '\0') {
            return const_cast<char*>(found);
        }
    }
}

/// libfdt reads node name parts with it; only the bases it uses are known here.
unsigned long strtoul(const char* text, char** end, int base) {
    unsigned long value = 0;
    for (; *text != '\0'; ++text) {
        const char lower = static_cast<char>(*text | 0x20);
        const int digit = *text >= '0' && *text <= '9'   ? *text - '0'
                          : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                         : 99;
        if (digit >= base) {
            break;
        }
        value = value * static_cast<unsigned long>(base) + static_cast<unsigned long>(digit);
    }
    if (end != nullptr) {
        *end = const_cast<char*>(text);
    }
    return value;
}

std::uint64_t __stack_chk_guard = 0x69737468'6d75735a;

void __stack_chk_fail() {
    isthmus::guest::die("stack smashed");
}

}  // extern "C"

namespace std {

/// What libstdc++'s bounds checks call.
void __glibcxx_assert_fail(const char*, int, const char*, const char* what) noexcept {
    isthmus::guest::die(what);
}

}  // namespace std
