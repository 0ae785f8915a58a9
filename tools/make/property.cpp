// SPDX-License-Identifier: Apache-2.0
// Properties that go from a configuration into the tree as they are.
#include <algorithm>
#include <limits>

#include "fdt/words.hpp"
#include "tools/make/text.hpp"
#include "tools/make/toml.hpp"

namespace isthmus::tools {
namespace {

/// Devicetree specification, 2.2.4.
bool is_property_name(std::string_view name) {
    constexpr std::string_view marks = ",._+?#-";
    return !name.empty() && name.size() <= 31 && std::ranges::all_of(name, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

/// One text or one cell, as source; nothing when the value is neither.
std::optional<std::string> item_source(const toml::node& node) {
    const auto number = node.value_exact<i64>();
    if (number && *number >= 0 && *number <= std::numeric_limits<u32>::max()) {
        return "<" + std::to_string(*number) + ">";
    }
    const auto text = node.value_exact<std::string>();
    return text && fdt::is_printable(*text) ? std::optional(source_quoted(*text)) : std::nullopt;
}

/// true is a property without a value; a list is one behind the other.
std::optional<std::string> value_source(const toml::node& node) {
    if (node.is_boolean()) {
        return node.value_or(false) ? std::optional(std::string()) : std::nullopt;
    }
    const toml::array* list = node.as_array();
    if (list == nullptr) {
        return item_source(node);
    }
    std::string source;
    for (const toml::node& item : *list) {
        const auto text = item_source(item);
        if (!text) {
            return std::nullopt;
        }
        source += (source.empty() ? "" : ", ") + *text;
    }
    return source;
}

}  // namespace

std::vector<MakeProperty> TableReader::properties(std::string_view key) {
    std::vector<MakeProperty> found;
    const toml::table* properties = table(key);
    if (properties == nullptr) {
        return found;
    }
    for (const auto& [name, node] : *properties) {
        const auto value = value_source(node);
        if (!is_property_name(name.str())) {
            refuse(node, key, "\"" + std::string(name.str()) + "\" cannot be a property's name");
        } else if (!value) {
            refuse(node, key,
                   std::string(name.str()) +
                       ": true, a text, a number of 32 bits or a list is wanted");
        } else {
            found.push_back({std::string(name.str()), *value});
        }
    }
    return found;
}

}  // namespace isthmus::tools
