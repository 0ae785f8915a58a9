// SPDX-License-Identifier: Apache-2.0
// What a guest did that came to Isthmus, decoded once, and what became of it.
#pragma once

#include "arch/arm64/cpu/esr.hpp"
#include "isthmus/range.hpp"

namespace isthmus::core {

enum class TrapResult : u8 {
    done,      ///< emulated: continue behind the instruction
    injected,  ///< the guest continues in its own exception handler
    blocked,   ///< emulated, and this vCPU sleeps until an interrupt; another, or none, follows
    stopped    ///< this vCPU runs no further; another, or none, follows
};

/// A load, store or cache operation that stage 2 refused. The syndrome's fields are taken out where
/// they are looked at: most accesses need few of them.
struct MemoryAccess {
    GuestAddress address;
    arch::DataAbort abort;

    /// A load or store of one register, of nothing that is mapped, which the CPU has described.
    bool is_plain() const {
        using A = arch::DataAbort;
        constexpr u64 status = 0b1111'00;
        constexpr u64 translation_fault = 0b0001'00;
        return (abort.raw & (A::Isv::mask | A::S1ptw::mask | A::Cm::mask | status)) ==
               (A::Isv::mask | translation_fault);
    }
};

}  // namespace isthmus::core
