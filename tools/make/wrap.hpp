// SPDX-License-Identifier: Apache-2.0
// Programs that are no arm64 Image, made into uImages (dom0less/kernel/uimage.hpp): ELF files, and
// whatever the configuration gives a load address. Xen boots these, too, from 4.18 on.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "tools/make/base.hpp"
#include "tools/make/config.hpp"
#include "tools/make/places.hpp"

namespace isthmus::tools {

/// Puts a uImage, NAME.uimage for the first domain that boots it, into the work folder for each
/// such kernel, and into the configuration in its place. The error is as those of read_make_config.
std::expected<void, std::string> wrap_kernels(MakeConfig& config, const WorkFolder& work);

/// Copies those from the work folder that were placed, and places them by a name of that folder
/// alone. False, with a message, when one cannot be written.
bool write_wrapped(MakePlaces& places, const WorkFolder& work, const std::filesystem::path& folder);

}  // namespace isthmus::tools
