// SPDX-License-Identifier: Apache-2.0
// ELF files of programs for bare metal (ELF for the Arm 64-bit architecture, AAELF64).
#pragma once

#include <expected>
#include <span>
#include <string>

#include "isthmus/types.hpp"
#include "tools/files.hpp"

namespace isthmus::tools {

/// A program as it lies in memory, .bss included.
struct Program {
    u64 load = 0;   ///< address of its first byte
    u64 entry = 0;  ///< address of its first instruction
    Bytes bytes;
};

bool is_elf(std::span<const std::byte> file);

/// The segments that are loaded, at their physical addresses. The error goes behind the file's
/// name.
std::expected<Program, std::string> read_elf(std::span<const std::byte> file);

}  // namespace isthmus::tools
