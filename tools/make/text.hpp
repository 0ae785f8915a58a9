// SPDX-License-Identifier: Apache-2.0
// The texts that `isthmus make` writes.
#pragma once

#include <string>
#include <string_view>

#include "tools/make/places.hpp"

namespace isthmus::tools {

/// Device-tree source that is appended to the base tree's: /chosen with the domains.
std::string tree_text(const MakeConfig& config, const MakePlaces& places);

/// A text as device-tree source has it.
std::string source_quoted(const std::string& text);

/// Config line that a node of that tree comes from; 0 for a node of the base tree.
Line line_of_path(const MakeConfig& config, std::string_view path);

/// A shell script that boots `tree` in QEMU; further arguments go to QEMU.
std::string qemu_script(const MakeConfig& config, const MakePlaces& places);

/// What a module is called where U-Boot reads it: without what means something to U-Boot's shell or
/// to mkimage. Two that would have one name get numbers.
std::string medium_name(const MakePlaces& places, const PlacedModule& module);

/// Source of a U-Boot script, for mkimage -T script: loads each file from where the script came
/// from, or by TFTP.
std::string uboot_script(const MakeConfig& config, const MakePlaces& places, bool by_tftp = false);
/// The same for a FIT image isthmus.itb, which is loaded to `at`.
std::string uboot_fit_script(HostAddress at);

}  // namespace isthmus::tools
