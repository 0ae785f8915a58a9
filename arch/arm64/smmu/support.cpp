// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmu/support.hpp"

namespace isthmus::arch {

std::string_view smmu_support_text(SmmuSupport support) {
    switch (support) {
        case SmmuSupport::usable:
            return "can be used";
        case SmmuSupport::no_stage2:
            return "has no second stage of translation";
        case SmmuSupport::preset:
            return "has its tables or queues at fixed places";
        case SmmuSupport::other_tables:
            return "does not read little-endian tables of 64-bit descriptors with pages of 4 KiB";
        case SmmuSupport::incoherent:
            return "does not see the CPUs' caches";
        case SmmuSupport::stalls:
            return "stalls a device at a fault, and cannot do otherwise";
        case SmmuSupport::no_forced_write_back:
            return "cannot force write-back, as guests' tables do here";
        case SmmuSupport::few_address_bits:
            return "has fewer address bits than guests or RAM need";
    }
    return "is of an unknown kind";
}

}  // namespace isthmus::arch
