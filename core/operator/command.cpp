// SPDX-License-Identifier: Apache-2.0
#include "core/operator/command.hpp"

#include <algorithm>

namespace isthmus::core {
namespace {

constexpr std::array words{
    CommandWord{Command::help, "help", false, false, "these lines"},
    CommandWord{Command::domains, "domains", false, false,
                "state, CPU share since last asked, exits, interrupts"},
    CommandWord{Command::regions, "regions", false, false, "parties, references, rings"},
    CommandWord{Command::log, "log", true, false, "what it wrote last"},
    CommandWord{Command::cpus, "cpus", false, false, "which vCPUs run where"},
    CommandWord{Command::trace, "trace", false, false,
                "changes of domains, and the last events of CPUs"},
    CommandWord{Command::audit, "audit", false, false, "pages and guests' maps against the plan"},
    CommandWord{Command::stop, "stop", true, true, "it stops, and stays so"},
    CommandWord{Command::start, "start", true, true, "one that has stopped is built again"},
    CommandWord{Command::restart, "restart", true, true, "stop, then start"},
    CommandWord{Command::pause, "pause", true, true, "its vCPUs stand still"},
    CommandWord{Command::resume, "resume", true, true, "its vCPUs go on"},
};
constexpr usize longest_name = 16;
constexpr usize nearest_changes = 2;

constexpr bool in_order() {
    for (usize i = 0; i < words.size(); ++i) {
        if (static_cast<usize>(words[i].command) != i || words[i].name.size() > longest_name) {
            return false;
        }
    }
    return true;
}
static_assert(in_order());

/// Levenshtein's distance; `name` is not longer than longest_name.
usize changes_between(std::string_view typed, std::string_view name) {
    std::array<usize, longest_name + 1> row{};
    for (usize i = 0; i < row.size(); ++i) {
        row[i] = i;
    }
    for (usize i = 0; i < typed.size(); ++i) {
        usize diagonal = row[0];
        row[0] = i + 1;
        for (usize j = 0; j < name.size(); ++j) {
            const usize changed = diagonal + (typed[i] == name[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, changed});
        }
    }
    return row[name.size()];
}

std::string_view next_word(std::string_view& rest) {
    while (!rest.empty() && rest.front() == ' ') {
        rest.remove_prefix(1);
    }
    const usize length = std::min(rest.find(' '), rest.size());
    const std::string_view word(rest.data(), length);
    rest.remove_prefix(length);
    return word;
}

}  // namespace

std::span<const CommandWord> command_words() {
    return words;
}

const CommandWord* find_command(std::string_view name) {
    for (const CommandWord& word : words) {
        if (word.name == name) {
            return &word;
        }
    }
    return nullptr;
}

const CommandWord* nearest_command(std::string_view name) {
    const CommandWord* nearest = nullptr;
    usize least = nearest_changes + 1;
    for (const CommandWord& word : words) {
        const usize changes = changes_between(name, word.name);
        if (changes < least && changes < word.name.size()) {
            least = changes;
            nearest = &word;
        }
    }
    return nearest;
}

TypedCommand split_command(std::string_view line) {
    TypedCommand typed;
    typed.name = next_word(line);
    typed.argument = next_word(line);
    typed.has_more = !next_word(line).empty();
    return typed;
}

bool CommandLine::put(u8 byte) {
    constexpr u8 end_of_text = 0x03, backspace = 0x08, kill = 0x15, del = 0x7f;
    switch (byte) {
        case '\r':
        case '\n':
            return true;
        case end_of_text:
        case kill:
            clear();
            return false;
        case backspace:
        case del:
            length_ -= length_ != 0 ? 1 : 0;
            return false;
        default:
            if (byte >= ' ' && byte < del && length_ < size) {
                text_[length_++] = static_cast<char>(byte);
            }
            return false;
    }
}

}  // namespace isthmus::core
