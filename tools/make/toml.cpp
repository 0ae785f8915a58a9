// SPDX-License-Identifier: Apache-2.0
#include "tools/make/toml.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <sstream>

#include "fdt/words.hpp"
#include "isthmus/units.hpp"
#include "tools/nearest.hpp"

namespace isthmus::tools {
namespace {

bool is_name(std::string_view text) {
    constexpr std::string_view marks = ",._+-";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

/// "; this is VALUE", as the file has it. Nothing for what takes several lines there.
std::string quoted(const toml::node& node) {
    constexpr usize longest = 60;
    if (node.is_table() || node.is_array_of_tables()) {
        return {};
    }
    if (const auto text = node.value_exact<std::string>()) {
        return "; this is \"" + *text + "\"";
    }
    std::ostringstream text;
    node.visit([&](const auto& value) { text << value; });
    const std::string shown = text.str();
    return shown.find('\n') != std::string::npos || shown.size() > longest ? ""
                                                                           : "; this is " + shown;
}

}  // namespace

std::optional<u64> parse_size(std::string_view text) {
    struct Unit {
        std::string_view name;
        u64 bytes;
    };
    constexpr std::array units = {Unit{"KiB", KiB}, Unit{"MiB", MiB}, Unit{"GiB", GiB}};
    const auto count = fdt::parse_number(fdt::before(text, ' '));
    const std::string_view name = fdt::after(text, ' ');
    for (const Unit& unit : units) {
        const bool fits = count && *count <= std::numeric_limits<u64>::max() / unit.bytes;
        if (name == unit.name && fits && *count > 0) {
            return *count * unit.bytes;
        }
    }
    return std::nullopt;
}

std::filesystem::path PathReader::path(const std::string& name, u32 line) const {
    if (name.empty()) {
        return {};
    }
    std::filesystem::path file = full(name);
    if (!std::filesystem::is_regular_file(file) || !std::ifstream(file)) {
        errors_.add(line, "cannot read " + file.string());
        return {};
    }
    return file;
}

const toml::node* TableReader::find(std::string_view key, bool is_required) {
    known_.emplace(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr && is_required) {
        // One that is misspelt is reported once, with what was meant.
        const std::array<std::string, 1> wanted = {std::string(key)};
        const bool is_misspelt = std::ranges::any_of(table_, [&](const auto& entry) {
            return !known_.contains(entry.first.str()) &&
                   !nearest_name(entry.first.str(), wanted).empty();
        });
        if (!is_misspelt) {
            errors_.add(line(), "\"" + std::string(key) + "\" is missing here");
        }
    }
    return node;
}

void TableReader::refuse(const toml::node& node, std::string_view key, std::string_view what) {
    errors_.add(node.source().begin.line,
                std::string(key) + ": " + std::string(what) + quoted(node));
}

std::string TableReader::text(std::string_view key, std::string otherwise) {
    const toml::node* node = find(key, false);
    if (node == nullptr) {
        return otherwise;
    }
    const auto value = node->value_exact<std::string>();
    if (!value || !fdt::is_printable(*value)) {
        refuse(*node, key, "a text of printable ASCII characters is wanted");
        return otherwise;
    }
    return *value;
}

std::string TableReader::required_text(std::string_view key) {
    const toml::node* node = find(key, true);
    std::string value = node != nullptr ? text(key) : "";
    if (node != nullptr && node->is_string() && node->value_or(std::string()).empty()) {
        refuse(*node, key, "an empty text is no value");
    }
    return value;
}

std::string TableReader::required_name(std::string_view key, usize longest) {
    const std::string value = required_text(key);
    if (!value.empty() && (!is_name(value) || value.size() > longest)) {
        refuse(*table_.get(key), key,
               "1 to " + std::to_string(longest) + " letters, digits or ,._+- are wanted");
    }
    return value;
}

u64 TableReader::size(std::string_view key, std::optional<u64> otherwise) {
    const toml::node* node = find(key, !otherwise);
    if (node == nullptr) {
        return otherwise.value_or(0);
    }
    const auto value = parse_size(node->value_exact<std::string>().value_or(""));
    if (!value) {
        refuse(*node, key, "a size such as \"64 KiB\", \"16 MiB\" or \"1 GiB\" is wanted");
    }
    return value.value_or(0);
}

u32 TableReader::number(std::string_view key, u32 otherwise) {
    const toml::node* node = find(key, false);
    if (node == nullptr) {
        return otherwise;
    }
    const auto value = node->value_exact<i64>();
    if (!value || *value < 1 || *value > std::numeric_limits<i32>::max()) {
        refuse(*node, key, "a whole number from 1 on is wanted");
        return otherwise;
    }
    return static_cast<u32>(*value);
}

bool TableReader::flag(std::string_view key, bool otherwise) {
    const toml::node* node = find(key, false);
    if (node != nullptr && !node->is_boolean()) {
        refuse(*node, key, "true or false is wanted");
    }
    return node != nullptr ? node->value_or(otherwise) : otherwise;
}

std::vector<std::string> TableReader::texts(std::string_view key) {
    std::vector<std::string> found;
    const toml::node* node = find(key, false);
    if (node == nullptr) {
        return found;
    }
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        refuse(*node, key, "a list of texts, [\"...\", \"...\"], is wanted");
        return found;
    }
    for (const toml::node& item : *list) {
        if (!item.is_string()) {
            refuse(item, key, "only texts may be in this list");
        }
        found.push_back(item.value_or(std::string()));
    }
    return found;
}

std::vector<u32> TableReader::required_numbers(std::string_view key) {
    std::vector<u32> found;
    const toml::node* node = find(key, true);
    const toml::array* list = node != nullptr ? node->as_array() : nullptr;
    for (usize i = 0; list != nullptr && i < list->size(); ++i) {
        const i64 value = (*list)[i].value_exact<i64>().value_or(-1);
        if (value >= 0 && value <= std::numeric_limits<u32>::max()) {
            found.push_back(static_cast<u32>(value));
        }
    }
    if (node != nullptr && (list == nullptr || list->empty() || found.size() != list->size())) {
        refuse(*node, key, "a list of numbers, [0, 1], is wanted");
    }
    return found;
}

std::optional<u64> TableReader::address(std::string_view key) {
    const toml::node* node = find(key, false);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto value = node->value_exact<i64>();
    if (!value || *value < 0) {
        refuse(*node, key, "a number such as 0x7000_0000 is wanted");
        return std::nullopt;
    }
    return static_cast<u64>(*value);
}

u64 TableReader::offset(std::string_view key) {
    const toml::node* node = find(key, false);
    const bool is_text = node != nullptr && node->is_string();
    return is_text ? size(key, 0) : address(key).value_or(0);
}

std::vector<HostRange> TableReader::ranges(std::string_view key) {
    std::vector<HostRange> found;
    for (const toml::table* table : tables(key)) {
        TableReader reader(*table, errors_);
        const auto start = reader.address("address");
        const u64 size = reader.size("size", std::nullopt);
        reader.finish();
        const auto range = HostRange::from(HostAddress(start.value_or(0)), size);
        if (!start || !range) {
            refuse(*table, key, "{ address = 0x7000_0000, size = \"16 MiB\" } is wanted");
        } else {
            found.push_back(*range);
        }
    }
    return found;
}

const toml::table* TableReader::table(std::string_view key) {
    const toml::node* node = find(key, false);
    if (node != nullptr && !node->is_table()) {
        refuse(*node, key, "a table is wanted");
    }
    return node != nullptr ? node->as_table() : nullptr;
}

const toml::table* TableReader::required_table(std::string_view key) {
    return find(key, true) != nullptr ? table(key) : nullptr;
}

std::vector<const toml::table*> TableReader::tables(std::string_view key) {
    std::vector<const toml::table*> found;
    const toml::node* node = find(key, false);
    if (node == nullptr) {
        return found;
    }
    const toml::array* list = node->as_array();
    if (list == nullptr || (!list->empty() && !list->is_homogeneous<toml::table>())) {
        refuse(*node, key, "a list of tables is wanted");
        return found;
    }
    for (const toml::node& item : *list) {
        found.push_back(item.as_table());
    }
    return found;
}

void TableReader::finish() {
    const std::vector<std::string> known(known_.begin(), known_.end());
    for (const auto& [key, node] : table_) {
        if (!known_.contains(key.str())) {
            const std::string meant = did_you_mean(key.str(), known);
            errors_.add(key.source().begin.line,
                        "there is no key \"" + std::string(key.str()) + "\" here" +
                            (meant.empty() ? " (docs/make.md lists them)" : meant));
        }
    }
}

}  // namespace isthmus::tools
