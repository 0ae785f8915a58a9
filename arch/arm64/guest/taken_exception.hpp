// SPDX-License-Identifier: Apache-2.0
// The exception that a guest's EL1 took last, unseen by EL2, and words for it: told when the guest
// cannot even fetch its vector. Pure: compiled and tested on the host, too.
#pragma once

#include <optional>

#include "isthmus/text.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

struct TakenException {
    u64 syndrome = 0;        ///< ESR_EL1
    u64 pc = 0;              ///< ELR_EL1
    u64 pstate = 0;          ///< SPSR_EL1
    u64 fault_address = 0;   ///< FAR_EL1
    u64 vectors = 0;         ///< VBAR_EL1
    u64 handler_pstate = 0;  ///< PSTATE since then (SPSR_EL2)
};

enum class VectorFetch : u8 {
    none,         ///< not the first instruction of a vector, or not where this exception leads
    synchronous,  ///< these: the exception's vector has just been fetched in vain
    interrupt,
    serror,
    again  ///< the exception is itself that of a fetch from the vectors: a consequence
};

/// What the guest's fetch from `address` (virtual) is, which stage 2 has refused.
VectorFetch vector_fetch(const TakenException& taken, u64 address);

/// What the guest did, in the past tense, with its place: "wrote CNTFRQ_EL0, which is firmware's,
/// at pc 0x40080000". `instruction`: the word at `taken.pc`, where it could be read and is A64.
void describe(TextSink& out, VectorFetch fetch, const TakenException& taken,
              std::optional<u32> instruction);

}  // namespace isthmus::arch
