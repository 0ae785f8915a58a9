// SPDX-License-Identifier: Apache-2.0
// Files as the commands read and write them.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace isthmus::tools {

using Bytes = std::vector<std::byte>;

/// A whole file; nothing when it cannot be read.
std::optional<Bytes> read_file(const std::string& name);

/// A device tree: NAME.dts is compiled by dtc, anything else is taken as a blob; "-" is standard
/// input, which may hold either. The error is a sentence for the user.
std::expected<Bytes, std::string> read_tree(const std::string& name);

/// Device-tree source of a blob, by dtc. The error is what dtc said.
std::expected<Bytes, std::string> decompile(std::span<const std::byte> blob);

/// Writes under another name and renames: there is never half a file. What a link leads to is
/// replaced, not the link; a device or a pipe is written to as it is. An empty name is standard
/// output. False, with a message, when it cannot be done.
bool write_output(const std::string& name, std::span<const std::byte> bytes);

/// The same for a tree: as source when the name ends in .dts, and on a terminal.
bool write_tree(const std::string& name, std::span<const std::byte> blob);

bool is_source(const std::string& name);

}  // namespace isthmus::tools
