// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "tools/plan/json_parts.hpp"

namespace isthmus::tools {
namespace {

std::string digits_of(std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte each : bytes) {
        text += digits[static_cast<u8>(each) >> 4];
        text += digits[static_cast<u8>(each) & 15];
    }
    return text;
}

}  // namespace

void write_tree(JsonWriter& json, const fdt::Tree& tree) {
    json.begin_array();
    for (usize i = 0; i < tree.node_count(); ++i) {
        const fdt::Node node = tree.node(i);
        json.begin_object();
        json.member("path", node.path());
        json.key("properties");
        json.begin_object();
        for (const fdt::Property& property : node.properties()) {
            json.member(property.name, digits_of(property.value));
        }
        json.end_object();
        json.end_object();
    }
    json.end_array();
}

}  // namespace isthmus::tools
