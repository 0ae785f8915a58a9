// SPDX-License-Identifier: Apache-2.0
// An SMMUv3 of the machine (binding "arm,smmu-v3"): what stands between devices and memory.
#pragma once

#include <string_view>

#include "isthmus/range.hpp"

namespace isthmus::fdt {

/// Page 0 and page 1 of an SMMUv3's registers, 64 KiB each (Arm IHI 0070, 6.1).
inline constexpr u64 smmu_register_bytes = 128 * KiB;

struct Smmu {
    HostRange registers;       ///< smmu_register_bytes, the first of `reg`
    bool is_coherent = false;  ///< `dma-coherent`: its own accesses see the CPUs' caches
    u32 phandle = 0;           ///< 0: no device can name it
    /// Interrupt that says that an event was recorded ("eventq", or "combined"); 0: none.
    u32 event_intid = 0;
    bool event_edge = false;  ///< the interrupt is edge-triggered
    std::string_view path;
};

}  // namespace isthmus::fdt
