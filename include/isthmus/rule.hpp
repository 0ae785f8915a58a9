// SPDX-License-Identifier: Apache-2.0
// A rule of the configuration, and the name of the list that findings go to: all that most headers
// need of isthmus/finding.hpp.
#pragma once

#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus {

class Findings;

enum class Severity : u8 { warning, error };

/// A rule of the configuration. Its name is stable: users search for it and scripts match it.
struct Rule {
    std::string_view name;
    Severity severity;

    /// The tree met a limit of this build (limits.hpp): named so, and never dropped for others.
    constexpr bool is_limit() const { return name.ends_with("-limit"); }
};

}  // namespace isthmus
