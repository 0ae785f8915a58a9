// SPDX-License-Identifier: Apache-2.0
#include "tools/make_toml.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "fdt/words.hpp"
#include "isthmus/units.hpp"

namespace isthmus::tools {
namespace {

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

bool is_name(std::string_view text) {
    constexpr std::string_view marks = ",._+-";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

}  // namespace

const toml::node* TableReader::find(std::string_view key, bool is_required) {
    known_.emplace(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr && is_required) {
        errors_.add(line(), "\"" + std::string(key) + "\" is missing here");
    }
    return node;
}

void TableReader::refuse(const toml::node& node, std::string_view key, std::string_view what) {
    errors_.add(node.source().begin.line, std::string(key) + ": " + std::string(what));
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

void TableReader::finish() {
    for (const auto& [key, node] : table_) {
        if (!known_.contains(key.str())) {
            errors_.add(key.source().begin.line, "there is no key \"" + std::string(key.str()) +
                                                     "\" here (docs/make.md lists them)");
        }
    }
}

}  // namespace isthmus::tools
