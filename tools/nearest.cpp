// SPDX-License-Identifier: Apache-2.0
#include "tools/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace isthmus::tools {
namespace {

/// "Static_Memory" is meant for "static-memory".
std::string plain(std::string_view name) {
    std::string text(name);
    std::ranges::transform(text, text.begin(), [](char letter) {
        return letter == '_' ? '-'
                             : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    });
    return text;
}

}  // namespace

std::size_t letters_apart(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before(right.size() + 1);  // two rows up
    std::vector<std::size_t> above(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::swap(before, above);
        std::swap(above, row);
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t changed = above[j] + (left[i] == right[j] ? 0 : 1);
            row[j + 1] = std::min({changed, above[j + 1] + 1, row[j] + 1});
            if (i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j]) {
                row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
            }
        }
    }
    return row.back();
}

std::string nearest_name(std::string_view given, std::span<const std::string> names) {
    const std::string wanted = plain(given);
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(1, wanted.size() / 3) + 1;
    for (const std::string& name : names) {
        const std::size_t apart = letters_apart(wanted, plain(name));
        if (apart < least && apart < name.size()) {
            least = apart;
            nearest = name;
        }
    }
    return std::string(nearest);
}

std::string did_you_mean(std::string_view given, std::span<const std::string> names) {
    const std::string nearest = nearest_name(given, names);
    return nearest.empty() ? "" : ": did you mean \"" + nearest + "\"?";
}

}  // namespace isthmus::tools
