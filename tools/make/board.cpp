// SPDX-License-Identifier: Apache-2.0
#include "tools/make/board.hpp"

#include <fstream>

#include "isthmus/units.hpp"
#include "tools/make/toml.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

/// "4 GiB" as QEMU's -m wants it.
std::string qemu_size(u64 bytes) {
    return std::to_string(bytes / MiB) + "M";
}

/// Every {NAME} of a choice replaced.
std::string filled(std::string word, const std::map<std::string, std::string>& choices) {
    for (const auto& [name, value] : choices) {
        const std::string mark = "{" + name + "}";
        const auto bytes = name == "memory" ? parse_size(value) : std::nullopt;
        for (auto at = word.find(mark); at != std::string::npos; at = word.find(mark)) {
            word.replace(at, mark.size(), bytes ? qemu_size(*bytes) : value);
        }
    }
    return word;
}

void read_qemu(const toml::table& table, MakeBoard& board, ConfigErrors& errors) {
    TableReader reader(table, errors);
    const std::string start = reader.text("start", "kernel");
    if (start != "kernel" && start != "entry") {
        errors.add(reader.line(), R"(start: "kernel" or "entry" is wanted)");
    }
    board.has_qemu = true;
    board.is_kernel_start = start == "kernel";
    board.machine = reader.texts("machine");
    board.run = reader.texts("run");
    reader.finish();
}

void read_choices(const toml::table& table, MakeBoard& board, ConfigErrors& errors) {
    for (const auto& [key, node] : table) {
        const auto number = node.value_exact<i64>();
        const auto text = number ? std::to_string(*number) : node.value_exact<std::string>();
        board.choices.emplace(key.str(), "");
        if (!text || !board.choose(std::string(key.str()), *text)) {
            errors.add(node.source().begin.line, std::string(key.str()) + " cannot be this");
        }
    }
}

void read_board_file(const toml::table& root, const fs::path& folder, MakeBoard& board,
                     ConfigErrors& errors) {
    TableReader reader(root, errors);
    const PathReader paths(folder, errors);
    board.tree = paths.path(reader.text("tree"), reader.line());
    board.overlay = paths.path(reader.text("overlay"), reader.line());
    if (const toml::table* qemu = reader.table("qemu")) {
        read_qemu(*qemu, board, errors);
    } else if (board.tree.empty()) {
        errors.add(reader.line(),
                   "a board has a tree, or a table [qemu]: QEMU makes its tree then");
    }
    if (const toml::table* choices = reader.table("choices")) {
        read_choices(*choices, board, errors);
    }
    reader.finish();
}

}  // namespace

std::vector<std::string> MakeBoard::machine_words() const {
    std::vector<std::string> words;
    words.reserve(machine.size());
    for (const std::string& word : machine) {
        words.push_back(filled(word, choices));
    }
    return words;
}

std::vector<std::string> MakeBoard::qemu_words() const {
    std::vector<std::string> words = machine_words();
    words.insert(words.end(), run.begin(), run.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

u64 MakeBoard::memory() const {
    const auto found = choices.find("memory");
    return found != choices.end() ? parse_size(found->second).value_or(0) : 0;
}

bool MakeBoard::choose(const std::string& key, const std::string& value) {
    const auto choice = choices.find(key);
    const bool is_word = value.find_first_of("{},") == std::string::npos && !value.empty();
    if (choice == choices.end() || !is_word || (key == "memory" && !parse_size(value))) {
        return false;
    }
    choice->second = value;
    return true;
}

std::string MakeBoard::choice_names() const {
    std::string names;
    for (const auto& [key, value] : choices) {
        names += (names.empty() ? "" : ", ") + key;
    }
    return names.empty() ? "none" : names;
}

std::expected<MakeBoard, std::string> read_board(const fs::path& folder) {
    const fs::path file = folder / "board.toml";
    if (!fs::is_regular_file(file) || !std::ifstream(file)) {
        return std::unexpected("there is no board in " + folder.string() + ": " + file.string() +
                               " cannot be read\n");
    }
    ConfigErrors errors(file.string());
    MakeBoard board;
    board.name = fs::absolute(folder).lexically_normal().filename().string();
    try {
        read_board_file(toml::parse_file(file.string()), folder, board, errors);
    } catch (const toml::parse_error& error) {
        errors.add(error.source().begin.line, std::string(error.description()));
    }
    if (errors.any()) {
        return std::unexpected(errors.text());
    }
    return board;
}

}  // namespace isthmus::tools
