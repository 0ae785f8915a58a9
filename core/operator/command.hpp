// SPDX-License-Identifier: Apache-2.0
// What an operator may ask for, and the line in which it is typed.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::core {

enum class Command : u8 {
    help,
    domains,
    regions,
    log,
    cpus,
    trace,
    audit,
    stop,
    start,
    restart,
    pause,
    resume
};

struct CommandWord {
    Command command;
    std::string_view name;
    bool takes_name;  ///< of a domain
    bool controls;    ///< changes something: only where the tree allows it
    std::string_view what;
};
/// In the order of Command.
std::span<const CommandWord> command_words();

/// The one of this name.
const CommandWord* find_command(std::string_view name);
/// The one whose name takes the fewest changed, added or left out letters; nullptr: none is near.
const CommandWord* nearest_command(std::string_view name);

struct TypedCommand {
    std::string_view name;      ///< empty: nothing was typed
    std::string_view argument;  ///< the second word
    bool has_more = false;      ///< there is a third
};
TypedCommand split_command(std::string_view line);

/// The line that is typed: printable ASCII; Backspace and DEL take the last letter, Ctrl-U and
/// Ctrl-C all.
class CommandLine {
  public:
    static constexpr usize size = 96;

    constexpr CommandLine() = default;

    /// True: Enter, the line is complete.
    bool put(u8 byte);
    std::string_view view() const { return {text_.data(), length_}; }
    void clear() { length_ = 0; }

  private:
    std::array<char, size> text_{};
    usize length_ = 0;
};

}  // namespace isthmus::core
