// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/speculation.hpp"

#include <algorithm>
#include <span>

namespace isthmus::arch {
namespace {

/// MIDR_EL1 without variant and revision: Implementer in bits 31:24, PartNum in 15:4.
constexpr u64 model(u64 implementer, u64 part) {
    return implementer << 24 | part << 4;
}
constexpr u64 model_mask = 0xff00'fff0;

constexpr u64 arm(u64 part) {
    return model(0x41, part);
}
constexpr u64 a34 = arm(0xd02), a35 = arm(0xd04), a53 = arm(0xd03), a55 = arm(0xd05),
              a57 = arm(0xd07), a72 = arm(0xd08), a73 = arm(0xd09), a75 = arm(0xd0a),
              a76 = arm(0xd0b), n1 = arm(0xd0c), a77 = arm(0xd0d), a76ae = arm(0xd0e),
              v1 = arm(0xd40), a78 = arm(0xd41), a78ae = arm(0xd42), x1 = arm(0xd44),
              a510 = arm(0xd46), a710 = arm(0xd47), x2 = arm(0xd48), n2 = arm(0xd49),
              a78c = arm(0xd4b), x1c = arm(0xd4c), a715 = arm(0xd4d), x3 = arm(0xd4e),
              v2 = arm(0xd4f), a520 = arm(0xd80), a720 = arm(0xd81), a720ae = arm(0xd89);
constexpr u64 brahma_b53 = model(0x42, 0x100), tsv110 = model(0x48, 0xd01),
              ampere1 = model(0xc0, 0xac3);

/// Without ID_AA64PFR0_EL1.CSV2, but not affected: Arm's list, and the same cores of others.
constexpr u64 safe_targets[] = {a34, a35, a53, a55, brahma_b53, tsv110};
/// Loads do not pass stores to addresses that are not known yet.
constexpr u64 safe_store_bypass[] = {a34, a35, a53, a55, brahma_b53};
constexpr u64 safe_history[] = {a34, a35, a53, a55, a510, a520, brahma_b53};
/// Arm's "Spectre-BHB": no number of branches is known, only the firmware can.
constexpr u64 firmware_history[] = {a73, a75};

/// Taken branches that fill the history (the same paper).
struct HistoryLength {
    u64 model;
    u32 branches;
};
constexpr HistoryLength history_lengths[] = {
    {a57, 8},  {a72, 8},    {ampere1, 11}, {a76, 24},  {a76ae, 24},  {a77, 24},  {n1, 24},
    {a78, 32}, {a78ae, 32}, {a78c, 32},    {x1, 32},   {x1c, 32},    {a710, 32}, {x2, 32},
    {n2, 32},  {v1, 32},    {a715, 38},    {a720, 38}, {a720ae, 38}, {x3, 132},  {v2, 132},
};

using Csv2 = BitField<56, 4>;    // ID_AA64PFR0_EL1
using Ssbs = BitField<4, 4>;     // ID_AA64PFR1_EL1
using ClrBhb = BitField<28, 4>;  // ID_AA64ISAR2_EL1
using EcBhb = BitField<60, 4>;   // ID_AA64MMFR1_EL1
constexpr u64 csv2_history = 3;  ///< FEAT_CSV2_3: history does not reach another context either

bool is_among(u64 midr, std::span<const u64> models) {
    return std::ranges::find(models, midr & model_mask) != models.end();
}

u32 history_length(u64 midr) {
    for (const HistoryLength& entry : history_lengths) {
        if (entry.model == (midr & model_mask)) {
            return entry.branches;
        }
    }
    return 0;
}

Exposure by_firmware(Workaround offer) {
    switch (offer) {
        case Workaround::needed:
            return Exposure::mitigated;
        case Workaround::not_needed:
            return Exposure::not_affected;
        case Workaround::not_offered:
            break;
    }
    return Exposure::vulnerable;
}

void judge_targets(const SpeculationIds& ids, const FirmwareOffers& offers, Speculation& result) {
    if (Csv2::get(ids.pfr0) != 0 || is_among(ids.midr, safe_targets)) {
        result.targets = Exposure::not_affected;
        return;
    }
    const bool only_three =
        offers.one == Workaround::not_offered && offers.three == Workaround::needed;
    result.targets = by_firmware(only_three ? offers.three : offers.one);
    if (result.targets == Exposure::mitigated) {
        result.guard = EntryGuard::firmware;
        result.call = offers.three == Workaround::needed ? arch_workaround_3 : arch_workaround_1;
    }
}

/// After the targets: where the firmware is called anyway, it does this as well if it can.
void judge_history(const SpeculationIds& ids, const FirmwareOffers& offers, Speculation& result) {
    if (Csv2::get(ids.pfr0) >= csv2_history || EcBhb::get(ids.mmfr1) != 0 ||
        is_among(ids.midr, safe_history)) {
        result.history = Exposure::not_affected;
        return;
    }
    const u32 length = history_length(ids.midr);
    const bool is_firmwares = is_among(ids.midr, firmware_history);
    if (result.targets == Exposure::vulnerable) {
        // Who may give branches their targets needs no history for it: that alone guards nothing.
        result.history = length != 0 || is_firmwares ? Exposure::vulnerable : Exposure::unknown;
        return;
    }
    if (result.call == arch_workaround_3) {
        result.history = Exposure::mitigated;
    } else if (length != 0) {
        result.history = Exposure::mitigated;
        if (result.guard == EntryGuard::firmware) {
            result.branches = length;
        } else if (ClrBhb::get(ids.isar2) != 0) {
            result.guard = EntryGuard::clear_history;
        } else {
            result.guard = EntryGuard::branches;
            result.branches = length;
        }
    } else if (offers.three == Workaround::needed) {
        result.history = Exposure::mitigated;
        result.guard = EntryGuard::firmware;
        result.call = arch_workaround_3;
    } else if (offers.three == Workaround::not_needed) {
        result.history = Exposure::not_affected;
    } else if (is_firmwares) {
        result.history = Exposure::vulnerable;
    }
}

void judge_store_bypass(const SpeculationIds& ids, const FirmwareOffers& offers,
                        Speculation& result) {
    result.has_ssbs = Ssbs::get(ids.pfr1) != 0;
    if (is_among(ids.midr, safe_store_bypass)) {
        result.store_bypass = Exposure::not_affected;
    } else if (result.has_ssbs) {
        result.store_bypass = Exposure::mitigated;
    } else {
        result.store_bypass = by_firmware(offers.two);
        result.holds_stores = result.store_bypass == Exposure::mitigated;
    }
}

}  // namespace

Workaround read_offer(u64 answer) {
    constexpr i32 not_required = -2;
    const auto result = static_cast<i32>(answer);
    if (result == 0) {
        return Workaround::needed;
    }
    return result == 1 || result == not_required ? Workaround::not_needed : Workaround::not_offered;
}

Speculation judge_speculation(const SpeculationIds& ids, const FirmwareOffers& offers) {
    Speculation result;
    judge_targets(ids, offers, result);
    judge_history(ids, offers, result);
    judge_store_bypass(ids, offers, result);
    return result;
}

std::string_view targets_in_words(const Speculation& speculation) {
    switch (speculation.targets) {
        case Exposure::not_affected:
            return "not affected";
        case Exposure::mitigated:
            return "the firmware at each exit";
        case Exposure::vulnerable:
        case Exposure::unknown:
            break;
    }
    return "vulnerable, the firmware offers no ARCH_WORKAROUND_1";
}

std::string_view history_in_words(const Speculation& speculation) {
    switch (speculation.history) {
        case Exposure::not_affected:
            return "not affected";
        case Exposure::vulnerable:
            return speculation.targets == Exposure::vulnerable
                       ? "vulnerable, as branch targets are"
                       : "vulnerable, the firmware offers no ARCH_WORKAROUND_3";
        case Exposure::unknown:
            return "no need known";
        case Exposure::mitigated:
            break;
    }
    if (speculation.guard == EntryGuard::clear_history) {
        return "CLRBHB at each exit";
    }
    return speculation.branches != 0 ? "branches at each exit" : "the firmware at each exit";
}

std::string_view store_bypass_in_words(const Speculation& speculation) {
    switch (speculation.store_bypass) {
        case Exposure::not_affected:
            return "not affected";
        case Exposure::mitigated:
            return speculation.has_ssbs ? "SSBS" : "off by the firmware";
        case Exposure::vulnerable:
        case Exposure::unknown:
            break;
    }
    return "vulnerable, the firmware offers no ARCH_WORKAROUND_2";
}

}  // namespace isthmus::arch
