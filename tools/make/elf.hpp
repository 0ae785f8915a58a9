// SPDX-License-Identifier: Apache-2.0
// ELF files of programs for bare metal (ELF for the Arm 64-bit architecture, AAELF64).
#pragma once

#include <expected>
#include <optional>
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

/// The lowest physical address that it loads to, which of one that runs anywhere is mostly 0;
/// nothing where it is no ELF file, or a broken one.
std::optional<u64> first_address(std::span<const std::byte> file);

/// The segments that are loaded, at their physical addresses. The error goes behind the file's
/// name.
std::expected<Program, std::string> read_elf(std::span<const std::byte> file);

}  // namespace isthmus::tools
