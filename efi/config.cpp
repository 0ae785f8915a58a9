// SPDX-License-Identifier: Apache-2.0
#include "efi/config.hpp"

#include "fdt/words.hpp"

namespace isthmus::efi {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_space(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Takes the first word off the front.
std::string_view take_word(std::string_view& text) {
    usize length = 0;
    while (length < text.size() && !is_space(text[length])) {
        ++length;
    }
    const std::string_view word(text.data(), length);
    text.remove_prefix(length);
    text = trimmed(text);
    return word;
}

/// Letters of ASCII and spaces.
bool is_text(std::string_view line) {
    for (const char letter : line) {
        if (!is_space(letter) && (letter < ' ' || letter > '~')) {
            return false;
        }
    }
    return true;
}

using Problem = std::string_view;  ///< empty: none

Problem set_once(std::string_view& place, std::string_view value) {
    if (!place.empty()) {
        return "named twice";
    }
    place = value;
    return {};
}

Problem add_module(Config& config, std::string_view value) {
    const std::string_view node = take_word(value);
    if (node.front() != '/' || value.empty()) {
        return "a module is the full path of its node, a space and the name of its file";
    }
    return config.modules.push_back({node, value}) ? Problem() : "more than 128 modules";
}

Problem apply(Config& config, std::string_view word, std::string_view value) {
    if (value.empty()) {
        return "a line is a word, = and its value";
    }
    if (word == "tree") {
        return set_once(config.tree, value);
    }
    if (word == "save") {
        return set_once(config.save, value);
    }
    if (word == "overlay") {
        return config.overlays.push_back(value) ? Problem() : "more than 16 overlays";
    }
    if (word == "module") {
        return add_module(config, value);
    }
    return "known words are tree, overlay, module and save";
}

}  // namespace

std::expected<Config, ConfigError> read_config(std::string_view text) {
    Config config;
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    for (usize line = 1; !text.empty(); ++line) {
        const std::string_view whole = trimmed(fdt::before(text, '\n'));
        text = fdt::after(text, '\n');
        if (whole.empty() || whole.front() == '#') {
            continue;
        }
        const std::string_view word = trimmed(fdt::before(whole, '='));
        const Problem problem = is_text(whole)
                                    ? apply(config, word, trimmed(fdt::after(whole, '=')))
                                    : "not a line of ASCII text";
        if (!problem.empty()) {
            return std::unexpected(ConfigError{line, problem, word});
        }
    }
    return config;
}

}  // namespace isthmus::efi
