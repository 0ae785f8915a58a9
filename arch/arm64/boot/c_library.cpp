// SPDX-License-Identifier: Apache-2.0
// The few C functions that the compilers and libfdt call. Plain and correct; large blocks are
// copied, and filled, eight words at a time when they are aligned.
#include <cstddef>
#include <cstdint>

// <cstring> declares some of these as overloads for C++, so it is not included here.
extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size);
void* memmove(void* to, const void* from, std::size_t size);
void* memset(void* to, int value, std::size_t size);
int memcmp(const void* left, const void* right, std::size_t size);
void* memchr(const void* in, int value, std::size_t size);
std::size_t strlen(const char* text);
std::size_t strnlen(const char* text, std::size_t limit);
char* strchr(const char* text, int wanted);
char* strrchr(const char* text, int wanted);
unsigned long strtoul(const char* text, char** end, int base);

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto* in = static_cast<const unsigned char*>(from);
    if (((reinterpret_cast<std::uintptr_t>(out) | reinterpret_cast<std::uintptr_t>(in)) & 7) == 0) {
        auto* out64 = static_cast<std::uint64_t*>(static_cast<void*>(out));
        const auto* in64 = static_cast<const std::uint64_t*>(static_cast<const void*>(in));
        for (; size >= 64; size -= 64, out64 += 8, in64 += 8) {
            const std::uint64_t a = in64[0], b = in64[1], c = in64[2], d = in64[3];
            const std::uint64_t e = in64[4], f = in64[5], g = in64[6], h = in64[7];
            out64[0] = a, out64[1] = b, out64[2] = c, out64[3] = d;
            out64[4] = e, out64[5] = f, out64[6] = g, out64[7] = h;
        }
        for (; size >= 8; size -= 8) {
            *out64++ = *in64++;
        }
        out = reinterpret_cast<unsigned char*>(out64);
        in = reinterpret_cast<const unsigned char*>(in64);
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
        for (std::size_t i = 0; i < size; ++i) {
            out[i] = in[i];
        }
    } else {
        for (std::size_t i = size; i > 0; --i) {
            out[i - 1] = in[i - 1];
        }
    }
    return to;
}

void* memset(void* to, int value, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto byte = static_cast<unsigned char>(value);
    for (; size != 0 && (reinterpret_cast<std::uintptr_t>(out) & 7) != 0; --size) {
        *out++ = byte;
    }
    const std::uint64_t word = byte * 0x0101'0101'0101'0101u;
    auto* out64 = static_cast<std::uint64_t*>(static_cast<void*>(out));
    for (; size >= 64; size -= 64, out64 += 8) {
        out64[0] = word, out64[1] = word, out64[2] = word, out64[3] = word;
        out64[4] = word, out64[5] = word, out64[6] = word, out64[7] = word;
    }
    for (; size >= 8; size -= 8) {
        *out64++ = word;
    }
    out = reinterpret_cast<unsigned char*>(out64);
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

void* memchr(const void* in, int value, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(in);
    for (; size != 0; --size, ++bytes) {
        if (*bytes == static_cast<unsigned char>(value)) {
            return const_cast<unsigned char*>(bytes);
        }
    }
    return nullptr;
}

std::size_t strlen(const char* text) {
    const char* end = text;
    while (*end != '\0') {
        ++end;
    }
    return static_cast<std::size_t>(end - text);
}

std::size_t strnlen(const char* text, std::size_t limit) {
    std::size_t length = 0;
    while (length < limit && text[length] != '\0') {
        ++length;
    }
    return length;
}

char* strchr(const char* text, int wanted) {
    for (;; ++text) {
        if (*text == static_cast<char>(wanted)) {
            return const_cast<char*>(text);
        }
        if (*text == '\0') {
            return nullptr;
        }
    }
}

char* strrchr(const char* text, int wanted) {
    const char* found = nullptr;
    for (;; ++text) {
        if (*text == static_cast<char>(wanted)) {
            found = text;
        }
        if (*text == '\0') {
            return const_cast<char*>(found);
        }
    }
}

/// As libfdt calls it for overlays: digits of base 10 from the first letter on.
unsigned long strtoul(const char* text, char** end, int base) {
    unsigned long value = 0;
    for (; *text >= '0' && *text <= '9'; ++text) {
        const bool fits = !__builtin_mul_overflow(value, static_cast<unsigned>(base), &value) &&
                          !__builtin_add_overflow(value, *text - '0', &value);
        if (!fits) {
            value = ~0ul;
            break;
        }
    }
    *end = const_cast<char*>(text);
    return value;
}

}  // extern "C"
