// SPDX-License-Identifier: Apache-2.0
// The drawings of the report: one column of boxes an address space, lowest address at the top.
//
//     0x40000000  +-----------+
//                 | RAM       |      a box an entry, higher the larger it is, but by the logarithm:
//     0x44000000  +-----------+      beside 1 GiB nobody would see 4 KiB
//                 :           :      a gap
//     0x50000000  +-----------+
//                 | demo      |
//     0x50010000  +-----------+
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "isthmus/types.hpp"

namespace isthmus::tools {

struct Box {
    u64 start = 0;
    u64 end = 0;
    std::string style{};  ///< the class in the page's style sheet
    std::string label{};
    std::string note{};           ///< second line, behind the size
    std::optional<u32> region{};  ///< gives the colour
    bool read_only = false;       ///< drawn with a broken edge, and said in the note
    std::string more{};           ///< for the title only
    std::string group{};          ///< boxes of several groups are not merged
    u32 count = 0;                ///< windows it stands for; 0: it is never merged
    u64 bytes = 0;                ///< of those windows
};

/// Figures of their own, so that as many stand side by side as the window or the paper has room
/// for; a long map is several. `boxes`: of one address space, in any order, without overlap.
void write_map(std::ostream& page, const std::string& title, const std::string& about,
               const std::string& id, std::vector<Box> boxes);

}  // namespace isthmus::tools
