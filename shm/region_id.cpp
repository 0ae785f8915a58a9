// SPDX-License-Identifier: Apache-2.0
#include "shm/region_id.hpp"

#include "fdt/words.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/text.hpp"
#include "shm/rules.hpp"

namespace isthmus::shm {
namespace {

constexpr std::string_view property_name = "xen,shm-id";

/// Printable characters, at least one, and one NUL behind them.
bool is_plain_text(std::string_view bytes) {
    if (bytes.size() < 2 || bytes.back() != '\0') {
        return false;
    }
    bytes.remove_suffix(1);
    return fdt::is_printable(bytes);
}

RegionId cell_id(u32 cell, Arena& arena) {
    TextBuffer<16> digits;
    print(digits, "{}", cell);
    return {RegionPlan::Dialect::cell, arena.copy(digits.view()), cell};
}

}  // namespace

std::optional<RegionId> read_region_id(const fdt::Node& node, Arena& arena, Findings& findings) {
    const auto property = node.property(property_name);
    if (!property) {
        findings.add(rules::id_missing, node.path(), property_name, "absent");
        return std::nullopt;
    }
    std::string_view bytes{reinterpret_cast<const char*>(property->value.data()),
                           property->value.size()};
    const bool plain = is_plain_text(bytes);
    if (bytes.size() == 4 && !plain) {
        return cell_id(property->cell(0), arena);
    }
    if (bytes.empty() || bytes.front() == '\0') {
        findings.add(rules::id_empty, node.path(), property_name, "empty, {} bytes", bytes.size());
        return std::nullopt;
    }
    if (!plain) {
        findings.add(rules::id_malformed, node.path(), property_name,
                     "{} bytes that are neither printable text with one final NUL nor one cell",
                     bytes.size());
        return std::nullopt;
    }
    bytes.remove_suffix(1);
    if (bytes.size() > max_id_length) {
        findings.add(rules::id_too_long, node.path(), property_name,
                     "\"{}\" has {} characters, at most {} are allowed", bytes, bytes.size(),
                     max_id_length);
        return std::nullopt;
    }
    return RegionId{RegionPlan::Dialect::text, bytes, 0};
}

}  // namespace isthmus::shm
