// SPDX-License-Identifier: Apache-2.0
// The identity of a region, whose type picks the dialect of its nodes.
#pragma once

#include <optional>
#include <string_view>

#include "fdt/tree.hpp"
#include "shm/region_plan.hpp"

namespace isthmus::shm {

/// Longest text id, without its NUL.
inline constexpr usize max_id_length = 15;

/// The dialect belongs to the identity: text "7" and cell 7 are two regions.
struct RegionId {
    RegionPlan::Dialect dialect = RegionPlan::Dialect::text;
    std::string_view text;  ///< dialect cell: decimal digits
    u32 cell = 0;           ///< dialect cell only

    bool operator==(const RegionId& other) const {
        return dialect == other.dialect && text == other.text;
    }
};

/// Reads `xen,shm-id`. Four bytes are a text when they are printable characters and a final NUL,
/// else a cell: the cell 0x61626300 reads as "abc". Rules: shm-id-missing, -empty, -too-long,
/// -malformed.
std::optional<RegionId> read_region_id(const fdt::Node& node, Arena& arena, Findings& findings);

}  // namespace isthmus::shm
