// SPDX-License-Identifier: Apache-2.0
// Device registers. One plain load or store each: an emulated device needs the syndrome that only
// the simple forms carry (no write-back, no pairs), so the compiler must not choose.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::guest {

inline u8 read8(u64 address) {
    u32 value;
    asm volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return static_cast<u8>(value);
}
inline u32 read32(u64 address) {
    u32 value;
    asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}
inline u64 read64(u64 address) {
    u64 value;
    asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}
inline void write8(u64 address, u8 value) {
    asm volatile("strb %w0, [%1]" ::"rZ"(static_cast<u32>(value)), "r"(address) : "memory");
}
inline void write32(u64 address, u32 value) {
    asm volatile("str %w0, [%1]" ::"rZ"(value), "r"(address) : "memory");
}
inline void write64(u64 address, u64 value) {
    asm volatile("str %x0, [%1]" ::"rZ"(value), "r"(address) : "memory");
}

}  // namespace isthmus::guest
