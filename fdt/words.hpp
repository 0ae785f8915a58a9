// SPDX-License-Identifier: Apache-2.0
// Cutting texts of a tree into parts, without the throwing parts of string_view.
#pragma once

#include <optional>
#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::fdt {

/// What lies before the first `separator`; all of `text` when there is none.
std::string_view before(std::string_view text, char separator);
/// What lies behind the first `separator`; empty when there is none.
std::string_view after(std::string_view text, char separator);

/// Takes the next part off the front of `rest`, up to a `separator`; parts that are empty are
/// skipped. Nothing when no part is left.
std::optional<std::string_view> next_part(std::string_view& rest, char separator);

/// A whole text as decimal number, or hexadecimal with 0x.
std::optional<u64> parse_number(std::string_view text);

/// `text` when it can be shown on a console as it is, else a text that says it cannot: trees come
/// from outside and must not send control characters to a terminal.
std::string_view printable(std::string_view text);
bool is_printable(std::string_view text);

}  // namespace isthmus::fdt
