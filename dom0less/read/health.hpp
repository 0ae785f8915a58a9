// SPDX-License-Identifier: Apache-2.0
// What a domain's node says of its end (docs/supervision.md). Internal to the room.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "dom0less/plan/health.hpp"
#include "fdt/tree.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::dom0less {

inline constexpr std::string_view restart_limit_property = "isthmus,restart-limit";
inline constexpr std::string_view on_restart_limit_property = "isthmus,on-restart-limit";
inline constexpr std::string_view group_property = "isthmus,group";

/// `isthmus,on-poweroff` and its like.
std::string_view answer_property(EndCause cause);
/// One of the properties of this file, but for isthmus,group.
bool is_health_property(std::string_view name);

/// What is absent, or could not be read, is not there.
struct HealthConfig {
    /// `isthmus,restart-limit`.
    struct Limit {
        u32 restarts = 0;
        u32 seconds = 0;
    };

    std::array<std::optional<EndAnswer>, end_causes> answers;
    std::optional<Limit> limit;
    std::optional<EndAnswer> on_limit;  ///< never `restart`
    std::string_view group;             ///< empty: none
    bool has_good_group = true;         ///< false: one is named, and cannot be read
};

/// Rules: health-answer, health-limit, health-group.
HealthConfig read_health(const fdt::Node& node, Findings& findings);

}  // namespace isthmus::dom0less
