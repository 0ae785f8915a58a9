// SPDX-License-Identifier: Apache-2.0
// Parts of the plan's JSON that stand in files of their own.
#pragma once

#include <string_view>

#include "dom0less/plan/plan.hpp"
#include "tools/json.hpp"

namespace isthmus::tools {

template <class Space>
void write_range(JsonWriter& json, Range<Space> range) {
    json.begin_array();
    json.value(range.start().raw());
    json.value(range.end().raw());
    json.end_array();
}
template <class Space>
void write_range(JsonWriter& json, std::string_view name, Range<Space> range) {
    json.key(name);
    write_range(json, range);
}

/// Its RAM, its CPUs, what firmware keeps of it, and the registers that Isthmus keeps.
void write_machine(JsonWriter& json, const fdt::HostDescription& host);
/// Its nodes in order: {"path", "properties": {name: bytes as hexadecimal digits}}.
void write_tree(JsonWriter& json, const fdt::Tree& tree);

}  // namespace isthmus::tools
