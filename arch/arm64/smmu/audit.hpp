// SPDX-License-Identifier: Apache-2.0
// The audit of one SMMU: what its registers and its stream table make of each stream, against what
// was planned, both ways. It reads and changes nothing. What the SMMU has cached of the table
// cannot be read; the driver has told it to forget.
#pragma once

#include "arch/arm64/smmu/walk.hpp"
#include "isthmus/arch/smmu.hpp"

namespace isthmus::arch::smmu {

/// As stage2_entry takes them.
struct EntryKind {
    bool forces_write_back = false;
    bool overrides = false;
};

/// As audit_streams.
u64 audit_table(const TableRegisters& registers, EntryKind kind,
                std::span<const PlannedStreams> plan,
                void (*differs)(void* context, const StreamDifference& difference), void* context);

/// The accesses are aborted, whatever the other words say.
constexpr bool is_aborting(const StreamEntry& entry) {
    return ste::V::get(entry.words[0]) == 0 ||
           ste::Config::get(entry.words[0]) == ste::config_abort;
}

}  // namespace isthmus::arch::smmu
