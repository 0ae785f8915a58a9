// SPDX-License-Identifier: Apache-2.0
// Firmware's map of memory, as what the loader asks of it (UEFI specification, 7.2.3).
#pragma once

#include <cstddef>
#include <span>

#include "dom0less/memory/range_set.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::efi {

/// As GetMemoryMap gives it; newer firmware has longer descriptors.
struct MemoryMap {
    std::span<const std::byte> descriptors;
    usize descriptor_size = 0;
    u64 key = 0;
};

using Ranges = dom0less::RangeSet<limits::memory_banks>;
using ManyRanges = dom0less::RangeSet<512>;

/// Where a map has more pieces than there is room for, less is usable, and more is in use.
struct FirmwareMemory {
    ManyRanges usable;  ///< nobody's once boot services have ended
    Ranges ram;         ///< that, and what firmware keeps of RAM for good
    ManyRanges in_use;  ///< all but what is free at once
};
void read_memory_map(const MemoryMap& map, FirmwareMemory& memory);

/// RAM of a tree that is not usable: what firmware keeps, and what it does not know. Where that is
/// in more pieces than Ranges has room for, what lies between two of them, too.
void find_kept(std::span<const std::byte> tree, const FirmwareMemory& memory, Ranges& kept);

}  // namespace isthmus::efi
