// SPDX-License-Identifier: Apache-2.0
// The name that was probably meant by one that does not exist.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace isthmus::tools {

/// How many letters must be put in, taken out or changed, or exchanged with their neighbour.
std::size_t letters_apart(std::string_view left, std::string_view right);

/// Of `names` the nearest to `given`; empty when none is near, in capitals or not.
std::string nearest_name(std::string_view given, std::span<const std::string> names);

/// The end of a message about `given`: ": did you mean \"NAME\"?", or nothing.
std::string did_you_mean(std::string_view given, std::span<const std::string> names);

}  // namespace isthmus::tools
