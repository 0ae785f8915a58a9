// SPDX-License-Identifier: Apache-2.0
// Device registers: one access of exactly this width each, with base-register addressing, as an
// outer hypervisor could emulate it. Loads are load-acquires: what is read after them is read after
// them, an acknowledged interrupt's data for example, and Cortex-A57's erratum 832075 (a device
// load beside an exclusive access may deadlock) does not concern load-acquires.
#pragma once

#include "isthmus/address.hpp"

namespace isthmus::arch {

inline u8 read8(HypAddress address) {
    u32 value;
    asm volatile("ldarb %w0, [%1]" : "=r"(value) : "r"(address.raw()) : "memory");
    return static_cast<u8>(value);
}
inline u16 read16(HypAddress address) {
    u32 value;
    asm volatile("ldarh %w0, [%1]" : "=r"(value) : "r"(address.raw()) : "memory");
    return static_cast<u16>(value);
}
inline u32 read32(HypAddress address) {
    u32 value;
    asm volatile("ldar %w0, [%1]" : "=r"(value) : "r"(address.raw()) : "memory");
    return value;
}
inline u64 read64(HypAddress address) {
    u64 value;
    asm volatile("ldar %0, [%1]" : "=r"(value) : "r"(address.raw()) : "memory");
    return value;
}
inline void write8(HypAddress address, u8 value) {
    asm volatile("strb %w0, [%1]" ::"r"(value), "r"(address.raw()) : "memory");
}
inline void write16(HypAddress address, u16 value) {
    asm volatile("strh %w0, [%1]" ::"r"(value), "r"(address.raw()) : "memory");
}
inline void write32(HypAddress address, u32 value) {
    asm volatile("str %w0, [%1]" ::"r"(value), "r"(address.raw()) : "memory");
}
inline void write64(HypAddress address, u64 value) {
    asm volatile("str %0, [%1]" ::"r"(value), "r"(address.raw()) : "memory");
}

}  // namespace isthmus::arch
