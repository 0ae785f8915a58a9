// SPDX-License-Identifier: Apache-2.0
// The guest's general registers, as the exception entry (vectors.S) lays them on the stack of the
// CPU. They stay there while the vCPU runs; a switch copies them to and from the vCPU.
#pragma once

#include <array>

#include "isthmus/types.hpp"

namespace isthmus::arch {

/// x0 to x30. On the short paths (hypercall, interrupt) x19 to x28 are not in memory but still in
/// the registers, which C++ preserves: there only x(0..18) may be read or written.
struct GuestRegisters {
    std::array<u64, 31> x{};
    u64 reserved = 0;  ///< keeps the stack 16-byte aligned

    /// A transfer register of a trapped load, store, MRS or MSR: 31 is the zero register.
    u64 read(unsigned index) const { return index >= 31 ? 0 : x[index]; }
    void write(unsigned index, u64 value) {
        if (index < 31) {
            x[index] = value;
        }
    }
    /// Where the register is kept; nullptr for the zero register.
    u64* slot(unsigned index) { return index >= 31 ? nullptr : &x[index]; }
};
static_assert(sizeof(GuestRegisters) == 256, "vectors.S counts on it");

}  // namespace isthmus::arch
