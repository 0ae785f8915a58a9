// SPDX-License-Identifier: Apache-2.0
// A board as `isthmus make` knows it: the file board.toml in the board's folder (docs/boards.md).
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "isthmus/types.hpp"

namespace isthmus::tools {

struct MakeBoard {
    std::string name;               ///< the folder's
    std::filesystem::path tree;     ///< the machine's; empty when QEMU makes it
    std::filesystem::path overlay;  ///< what the board adds to it; empty: nothing
    bool has_qemu = false;          ///< QEMU has this board; else its firmware boots it
    /// QEMU's option -kernel starts Isthmus, and puts the tree where it likes. Else everything is
    /// loaded where make says, and a CPU is sent there.
    bool is_kernel_start = false;
    std::vector<std::string> machine;            ///< QEMU's words; {NAME} stands for a choice
    std::vector<std::string> run;                ///< the rest of them
    std::vector<std::string> more;               ///< those of the configuration: devices
    std::map<std::string, std::string> choices;  ///< what a configuration may say, and the value

    /// Its words for the machine, choices filled in.
    std::vector<std::string> machine_words() const;
    /// All but those that load files.
    std::vector<std::string> qemu_words() const;
    /// Bytes; 0 when the board leaves no choice.
    u64 memory() const;
    /// False when the board has no such choice, or it cannot have this value.
    bool choose(const std::string& name, const std::string& value);
    /// The names of its choices, for a message.
    std::string choice_names() const;
};

/// `folder` holds a board.toml. The error holds every mistake, one a line.
std::expected<MakeBoard, std::string> read_board(const std::filesystem::path& folder);

}  // namespace isthmus::tools
