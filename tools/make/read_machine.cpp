// SPDX-License-Identifier: Apache-2.0
// [base] and [isthmus].
#include "tools/kit.hpp"
#include "tools/make/parts.hpp"
#include "tools/nearest.hpp"

namespace isthmus::tools {
namespace {

/// The choices that [base] makes among those that the board offers.
void read_choices(TableReader& reader, const toml::table& table, MakeBoard& board,
                  ConfigErrors& errors) {
    for (const auto& [name, otherwise] : std::map(board.choices)) {
        const bool is_number = otherwise.find_first_not_of("0123456789") == std::string::npos;
        std::string value = otherwise;
        if (is_number) {
            value = std::to_string(reader.number(name, static_cast<u32>(std::stoul(otherwise))));
        } else {
            value = reader.text(name, otherwise);
        }
        if (!board.choose(name, value)) {
            reader.refuse(name, name == "memory" ? "a size such as \"1 GiB\" is wanted"
                                                 : "the board cannot have this");
        }
    }
    for (const char* name : {"cpus", "cpu", "gic", "memory"}) {
        if (table.contains(name) && !board.choices.contains(name)) {
            errors.add(reader.line_of(name), "board " + board.name + " has no choice of " + name +
                                                 " (but of: " + board.choice_names() + ")");
            reader.text(name);
        }
    }
}

/// More of QEMU's words; "{folder}" stands for the configuration's own folder.
std::vector<std::string> read_words(TableReader& reader, const PathReader& paths) {
    constexpr std::string_view mark = "{folder}";
    std::vector<std::string> words = reader.texts("qemu");
    for (std::string& word : words) {
        for (auto at = word.find(mark); at != std::string::npos; at = word.find(mark)) {
            word.replace(at, mark.size(), paths.full(".").parent_path().string());
        }
    }
    return words;
}

/// "there is no board NAME", with those that there are.
std::string no_board(const std::string& named) {
    const std::vector<std::string> known = kit_boards();
    const std::string meant = did_you_mean(named, known);
    std::string text = "there is no board \"" + named + "\"" + meant;
    if (!known.empty()) {
        text += meant.empty() ? ": there are " : " There are ";
        for (const std::string& name : known) {
            text += (name == known.front() ? "" : ", ") + name;
        }
        text += ", and folders of your own";
    }
    return text;
}

void take_board(MakeBase& base, const std::filesystem::path& folder, ConfigErrors& errors) {
    auto board = read_board(folder);
    if (!board) {
        errors.add_lines(board.error());
        return;
    }
    base.tree = base.tree.empty() ? board->tree : base.tree;
    base.board = std::move(*board);
}

void read_table(const toml::table& table, MakeBase& base, const PathReader& paths,
                ConfigErrors& errors) {
    TableReader reader(table, errors);
    base.line = reader.line();
    const std::string board = reader.text("board");
    const std::string tree = reader.text("tree");
    base.overlay = paths.path(reader.text("overlay"), base.line);
    if (board.empty() && tree.empty()) {
        errors.add(base.line, "[base] names a board, or a tree, or both");
    }
    if (!tree.empty()) {
        base.tree = paths.path(tree, reader.line_of("tree"));
    }
    if (!board.empty()) {
        const auto own = paths.full(board);
        const bool is_own = std::filesystem::exists(own / "board.toml");
        const auto folder = kit_board(is_own ? own : std::filesystem::path(board));
        if (folder.empty()) {
            errors.add(reader.line_of("board"), no_board(board));
        } else {
            take_board(base, folder, errors);
        }
    }
    if (base.board) {
        read_choices(reader, table, *base.board, errors);
        base.board->more = read_words(reader, paths);
        if (!base.board->has_qemu && !base.board->more.empty()) {
            errors.add(reader.line_of("qemu"), "QEMU does not have board " + base.board->name);
        }
    }
    if (base.board || board.empty()) {
        reader.finish();
    }
}

}  // namespace

MakeBase read_base_part(const toml::table* table, const MakeMachine& machine,
                        const PathReader& paths, ConfigErrors& errors) {
    MakeBase base;
    base.line = table != nullptr ? table->source().begin.line : 1;
    if (!machine.board.empty()) {
        const auto folder = kit_board(machine.board);
        if (folder.empty()) {
            errors.add_lines("isthmus: --board: " + no_board(machine.board) + "\n");
        } else {
            take_board(base, folder, errors);
        }
    } else if (table != nullptr) {
        read_table(*table, base, paths, errors);
    } else {
        errors.add(1, "there is no [base], and no option --board");
    }
    for (const auto& [name, value] : machine.choices) {
        if (base.board && !base.board->choose(name, value)) {
            errors.add_lines(std::string("--set ").append(name).append("=").append(value) +
                             ": board " + base.board->name + " has no such choice (but of: " +
                             base.board->choice_names() + "), or cannot have this value\n");
        } else if (!base.board && !errors.any()) {
            errors.add_lines("--set is for a board\n");
        }
    }
    return base;
}

MakeHypervisor read_hypervisor_part(const toml::table& table, const PathReader& paths,
                                    ConfigErrors& errors) {
    TableReader reader(table, errors);
    MakeHypervisor hypervisor;
    hypervisor.line = reader.line();
    const std::string image = reader.text("image");
    hypervisor.image = image.empty() ? kit_image() : paths.path(image, reader.line_of("image"));
    if (image.empty() && hypervisor.image.empty()) {
        errors.add(reader.line(), "\"image\" is missing here, and none came with this program");
    }
    hypervisor.args = reader.text("args");
    hypervisor.static_heap = reader.ranges("static-heap");
    hypervisor.properties = reader.properties("properties");
    reader.finish();
    return hypervisor;
}

}  // namespace isthmus::tools
