// SPDX-License-Identifier: Apache-2.0
// What a board's U-Boot boots without a line typed: a compiled script, and beside it all files
// under names that U-Boot's shell takes as they are (U-Boot, doc/usage/cmd/load.rst, tftpboot.rst;
// doc/usage/fit/).
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fdt/host_description.hpp"
#include "tools/make/base.hpp"
#include "tools/make/places.hpp"

namespace isthmus::tools {

/// directory: for the file system that U-Boot reads. tftp: for a server's folder. fit: a directory
/// with one image that holds everything, each part with its hash. sd: a disk image with one FAT
/// file system that holds the directory.
enum class Medium : u8 { directory, tftp, fit, sd };

/// As --medium names them: dir, tftp, fit, sd.
std::optional<Medium> medium_of(std::string_view name);

/// U-Boot moves itself to the end of RAM below 4 GiB and keeps its heap and stack there: what is
/// loaded must end before these bytes.
inline constexpr u64 uboot_room = 64 * MiB;

/// Where U-Boot puts a FIT image: behind all that it is unpacked to. The error is a sentence for
/// the user: something ends where U-Boot is.
std::expected<HostAddress, std::string> fit_place(const MakeConfig& config,
                                                  const MakePlaces& places,
                                                  std::span<const fdt::MemoryBank> memory);

/// Writes the medium into `folder`, which holds boot.dtb already, and returns the files written.
/// Needs mkimage, and for sd mtools. The error is a sentence, or what a program said.
std::expected<std::vector<std::filesystem::path>, std::string> write_medium(
    Medium medium, HostAddress fit, const MakeConfig& config, const MakePlaces& places,
    const WorkFolder& work, const std::filesystem::path& folder);

}  // namespace isthmus::tools
