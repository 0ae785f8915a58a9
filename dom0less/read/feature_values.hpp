// SPDX-License-Identifier: Apache-2.0
// What a property's value says of a feature: one function for each kind of property. Internal to
// the room.
#pragma once

#include <optional>
#include <string_view>

#include "fdt/tree.hpp"

namespace isthmus::dom0less {

enum class Meaning : u8 { off, on, unknown };

/// Of a domain, and of Dom0 in /chosen: it borrows the statistics. A boolean.
inline constexpr std::string_view statistics_property = "isthmus,statistics";
/// What a boolean may be, in a finding.
inline constexpr std::string_view booleans = "empty, 0 or 1";

/// The text that is the whole value, without its NUL; none where the value is not one text.
std::optional<std::string_view> whole_text(const fdt::Property& property);

/// Booleans of this binding: an empty property says on, a cell is 0 or 1.
Meaning boolean_meaning(const fdt::Property& property);
/// A bit for each privilege; 0: none.
Meaning capabilities_meaning(const fdt::Property& property);
/// A list of cache colours as a text.
Meaning colours_meaning(const fdt::Property& property);
/// The largest vector length in bits; 0: none, empty: as the machine has it.
Meaning sve_meaning(const fdt::Property& property);
Meaning sci_meaning(const fdt::Property& property);
Meaning enhanced_meaning(const fdt::Property& property);
Meaning passthrough_meaning(const fdt::Property& property);

/// The boolean is there, and does not say off. What says neither has a finding (check_features).
bool is_switched_on(const fdt::Node& node, std::string_view name);

}  // namespace isthmus::dom0less
