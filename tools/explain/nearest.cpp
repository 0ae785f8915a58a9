// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <string>

#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

constexpr std::size_t most_names = 5;

/// How many letters must be put in, taken out or changed.
std::size_t difference(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t changed = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

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
            } else if (const auto apart = difference(name, rule); apart <= rule.size() / 3) {
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
