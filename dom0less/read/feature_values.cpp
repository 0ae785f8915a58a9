// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/feature_values.hpp"

#include <initializer_list>

namespace isthmus::dom0less {
namespace {

using fdt::Property;

/// The number by `off` alone is off, up to `most` on.
Meaning number_meaning(const Property& property, u32 most, u32 step = 1) {
    const auto value = property.single_cell();
    if (!value || *value > most || *value % step != 0) {
        return Meaning::unknown;
    }
    return *value == 0 ? Meaning::off : Meaning::on;
}

Meaning word_meaning(const Property& property, std::string_view off,
                     std::initializer_list<std::string_view> on) {
    const auto text = whole_text(property);
    if (text == off) {
        return Meaning::off;
    }
    for (const std::string_view word : on) {
        if (text == word) {
            return Meaning::on;
        }
    }
    return Meaning::unknown;
}

}  // namespace

std::optional<std::string_view> whole_text(const Property& property) {
    const auto text = property.text();
    return text && text->size() + 1 == property.value.size() ? text : std::nullopt;
}

Meaning boolean_meaning(const Property& property) {
    return property.empty() ? Meaning::on : number_meaning(property, 1);
}

Meaning capabilities_meaning(const Property& property) {
    constexpr u32 all_known = 7;
    return number_meaning(property, all_known);
}

Meaning colours_meaning(const Property& property) {
    if (property.empty()) {
        return Meaning::off;
    }
    const auto text = whole_text(property);
    return !text ? Meaning::unknown : text->empty() ? Meaning::off : Meaning::on;
}

Meaning sve_meaning(const Property& property) {
    constexpr u32 longest_vector = 2048;
    constexpr u32 step = 128;
    return property.empty() ? Meaning::on : number_meaning(property, longest_vector, step);
}

Meaning sci_meaning(const Property& property) {
    return word_meaning(property, "none", {"scmi_smc", "scmi_smc_multiagent"});
}

Meaning enhanced_meaning(const Property& property) {
    return property.empty()
               ? Meaning::on
               : word_meaning(property, "disabled", {"enabled", "legacy", "no-xenstore"});
}

Meaning passthrough_meaning(const Property& property) {
    return word_meaning(property, "disabled", {"enabled"});
}

bool is_switched_on(const fdt::Node& node, std::string_view name) {
    const auto property = node.property(name);
    return property && boolean_meaning(*property) != Meaning::off;
}

}  // namespace isthmus::dom0less
