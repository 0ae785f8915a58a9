// SPDX-License-Identifier: Apache-2.0
// SErrors: errors that come apart from the instruction that caused them, such as a device that
// answers a store which was over long before. Whose they are follows from when they are taken:
//
//   firmware, boot loader ─▶ entry: take ─▶ boot ─▶ take ─▶ guest A runs ─▶ take ─▶ Isthmus ─▶ take
//                            firmware's            Isthmus's               A's Isthmus's
//
// Pure but for take_serror (serror.cpp): the host tests the decoding.
#pragma once

#include "isthmus/bits.hpp"

namespace isthmus::arch {

/// ESR_ELx of an SError (Arm ARM D19.2.37, ISS for an SError interrupt).
struct SErrorSyndrome {
    u64 raw = 0;

    using Dfsc = BitField<0, 6>;
    using Aet = BitField<10, 3>;
    using Ids = BitField<24>;  ///< the rest is the implementation's own code

    /// Nothing is lost: the error was corrected, or the program may go on as it is (AET
    /// "restartable" and "corrected", which only the RAS extension's code has).
    constexpr bool is_harmless() const {
        constexpr u64 asynchronous = 0x11;
        constexpr u64 restartable = 2;
        constexpr u64 corrected = 6;
        return Ids::get(raw) == 0 && Dfsc::get(raw) == asynchronous &&
               (Aet::get(raw) == restartable || Aet::get(raw) == corrected);
    }
};

}  // namespace isthmus::arch
