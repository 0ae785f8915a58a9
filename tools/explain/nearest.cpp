// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include "tools/explain/explanation.hpp"
#include "tools/nearest.hpp"

namespace isthmus::tools {
namespace {

constexpr std::size_t most_names = 5;

/// As rules are written: "SHM_Align" is meant for "shm-align".
std::string as_written(std::string_view name) {
    std::string text(name);
    std::ranges::transform(text, text.begin(), [](char letter) {
        return letter == '_' ? '-'
                             : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    });
    return text;
}

}  // namespace

std::vector<Chapter> explanations() {
    return {explain_trees(), explain_machine(), explain_firmware(),     explain_domains(),
            explain_cpus(),  explain_modules(), explain_reservations(), explain_devices(),
            explain_views(), explain_regions(), explain_signals(),      explain_health()};
}

std::vector<std::string_view> nearest_rules(std::string_view given) {
    const std::string name = as_written(given);
    std::multimap<std::size_t, std::string_view> candidates;  // by difference
    for (const Chapter& chapter : explanations()) {
        for (const Explanation& entry : chapter.entries) {
            const std::string_view rule = entry.rule->name;
            if (!name.empty() && rule.contains(name)) {
                candidates.emplace(0, rule);
            } else if (const auto apart = letters_apart(name, rule); apart <= rule.size() / 3) {
                candidates.emplace(apart, rule);
            }
        }
    }
    std::vector<std::string_view> names;
    names.reserve(candidates.size());
    for (const auto& [apart, rule] : candidates) {
        names.push_back(rule);
    }
    // A prefix such as "shm-" means all of its rules; of distant likenesses a few will do.
    if (!candidates.empty() && candidates.begin()->first != 0) {
        names.resize(std::min(names.size(), most_names));
    }
    return names;
}

}  // namespace isthmus::tools
