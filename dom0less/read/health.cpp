// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/health.hpp"

#include <algorithm>

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/domain.hpp"
#include "dom0less/read/feature_values.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

constexpr std::array<std::string_view, end_causes> answer_properties = {
    "isthmus,on-poweroff", "isthmus,on-reset", "isthmus,on-crash", "isthmus,on-watchdog",
    "isthmus,on-panic"};

std::optional<EndAnswer> answer_of(std::string_view word) {
    for (usize i = 0; i < end_answers; ++i) {
        if (answer_names[i] == word) {
            return static_cast<EndAnswer>(i);
        }
    }
    return std::nullopt;
}

/// `restarts`: "restart" is one of the words.
std::optional<EndAnswer> read_answer(const Node& node, std::string_view name, bool restarts,
                                     Findings& findings) {
    const auto property = node.property(name);
    if (!property) {
        return std::nullopt;
    }
    const std::string_view word = whole_text(*property).value_or("");
    const auto answer = answer_of(word);
    if (!answer || (*answer == EndAnswer::restart && !restarts)) {
        findings.add(rules::health_answer, node.path(), name,
                     restarts ? "\"{}\" is none of \"stop\", \"restart\", \"stop-group\", "
                                "\"poweroff-machine\", \"reset-machine\", \"halt-machine\""
                              : "\"{}\" is none of \"stop\", \"stop-group\", "
                                "\"poweroff-machine\", \"reset-machine\", \"halt-machine\"",
                     fdt::printable(word));
        return std::nullopt;
    }
    return answer;
}

std::optional<HealthConfig::Limit> read_limit(const Node& node, Findings& findings) {
    const auto property = node.property(restart_limit_property);
    if (!property) {
        return std::nullopt;
    }
    const bool is_pair = property->is_cells() && property->cell_count() == 2;
    const HealthConfig::Limit limit =
        is_pair ? HealthConfig::Limit{property->cell(0), property->cell(1)} : HealthConfig::Limit{};
    if (limit.restarts == 0 || limit.restarts > limits::restarts || limit.seconds == 0 ||
        limit.seconds > limits::restart_seconds) {
        findings.add(rules::health_limit, node.path(), restart_limit_property,
                     "not two cells: restarts, from 1 to {}, and seconds, from 1 to {}",
                     limits::restarts, limits::restart_seconds);
        return std::nullopt;
    }
    return limit;
}

void read_group(const Node& node, HealthConfig& health, Findings& findings) {
    const auto property = node.property(group_property);
    if (!property) {
        return;
    }
    const std::string_view name = whole_text(*property).value_or("");
    health.has_good_group = !name.empty() && is_plain_name(name);
    if (health.has_good_group) {
        health.group = name;
    } else {
        findings.add(rules::health_group, node.path(), group_property,
                     "a group's name is letters, digits and any of ,._+-@, from 1 to {} of them",
                     limits::name_length);
    }
}

}  // namespace

std::string_view answer_property(EndCause cause) {
    return answer_properties[static_cast<usize>(cause)];
}

bool is_health_property(std::string_view name) {
    return std::ranges::count(answer_properties, name) != 0 || name == restart_limit_property ||
           name == on_restart_limit_property;
}

HealthConfig read_health(const Node& node, Findings& findings) {
    HealthConfig health;
    for (usize cause = 0; cause < end_causes; ++cause) {
        health.answers[cause] = read_answer(node, answer_properties[cause], true, findings);
    }
    health.limit = read_limit(node, findings);
    health.on_limit = read_answer(node, on_restart_limit_property, false, findings);
    read_group(node, health, findings);
    return health;
}

}  // namespace isthmus::dom0less
