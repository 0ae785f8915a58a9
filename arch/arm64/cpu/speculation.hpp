// SPDX-License-Identifier: Apache-2.0
// What a CPU needs so that what a guest leaves in its predictors does not steer Isthmus, or the
// guest after it: by its ID registers, a table of CPUs, and what the firmware offers (SMC Calling
// Convention, Arm DEN 0028, 7). Pure: compiled and tested on the host, too.
#pragma once

#include <string_view>

#include "isthmus/bits.hpp"

namespace isthmus::arch {

/// The firmware's answers to SMCCC_ARCH_FEATURES, on this CPU.
enum class Workaround : u8 { not_offered, needed, not_needed };

struct FirmwareOffers {
    Workaround one = Workaround::not_offered;    ///< branch targets (CVE-2017-5715)
    Workaround two = Workaround::not_offered;    ///< store bypass (CVE-2018-3639)
    Workaround three = Workaround::not_offered;  ///< branch history, and branch targets
};

/// The answer to SMCCC_ARCH_FEATURES for one of them: 0; 1, or -2 as ARCH_WORKAROUND_2 also has it;
/// anything else is no offer.
Workaround read_offer(u64 answer);

struct SpeculationIds {
    u64 midr = 0;
    u64 pfr0 = 0;   ///< ID_AA64PFR0_EL1
    u64 pfr1 = 0;   ///< ID_AA64PFR1_EL1
    u64 isar2 = 0;  ///< ID_AA64ISAR2_EL1
    u64 mmfr1 = 0;  ///< ID_AA64MMFR1_EL1
};

/// How it stands with one way of attack. Unknown: no manual at hand says that this CPU needs
/// anything, and none that it does not.
enum class Exposure : u8 { unknown, not_affected, mitigated, vulnerable };

/// What Isthmus does first of all when it comes from a guest.
enum class EntryGuard : u8 {
    none,
    branches,       ///< a loop of taken branches fills the branch history
    clear_history,  ///< CLRBHB
    firmware,       ///< ARCH_WORKAROUND_1 or _3, then the loop if `branches` is not 0
};

inline constexpr u32 arch_workaround_1 = 0x8000'8000;
inline constexpr u32 arch_workaround_2 = 0x8000'7fff;
inline constexpr u32 arch_workaround_3 = 0x8000'3fff;

struct Speculation {
    Exposure targets = Exposure::unknown;       ///< Spectre v2
    Exposure history = Exposure::unknown;       ///< Spectre-BHB (CVE-2022-23960)
    Exposure store_bypass = Exposure::unknown;  ///< Spectre v4
    EntryGuard guard = EntryGuard::none;
    bool has_ssbs = false;  ///< PSTATE.SSBS: each guest decides for itself, and EL2 is safe
    u32 branches = 0;       ///< of the loop
    u32 call = 0;           ///< of the firmware
    /// For the whole time, ARCH_WORKAROUND_2 with 1: store bypass is off.
    bool holds_stores = false;

    friend constexpr bool operator==(const Speculation&, const Speculation&) = default;
};

Speculation judge_speculation(const SpeculationIds& ids, const FirmwareOffers& offers);

/// In words, for the log.
std::string_view targets_in_words(const Speculation& speculation);
std::string_view history_in_words(const Speculation& speculation);
std::string_view store_bypass_in_words(const Speculation& speculation);

}  // namespace isthmus::arch
