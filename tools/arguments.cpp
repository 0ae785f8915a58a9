// SPDX-License-Identifier: Apache-2.0
#include "tools/arguments.hpp"

#include "fdt/words.hpp"

namespace isthmus::tools {
namespace {

std::optional<HostRange> parse_image(std::string_view text) {
    const auto address = fdt::parse_number(fdt::before(text, ','));
    const auto size = fdt::parse_number(fdt::after(text, ','));
    return address && size ? HostRange::from(HostAddress(*address), *size) : std::nullopt;
}

bool take_flag(Arguments& arguments, std::string_view name) {
    if (name == "--json") {
        arguments.json = true;
    } else if (name == "--strict") {
        arguments.strict = true;
    } else if (name == "--digests") {
        arguments.digests = true;
    } else if (name == "--help" || name == "-h") {
        arguments.help = true;
    } else if (name == "--version") {
        arguments.version = true;
    } else {
        return false;
    }
    return true;
}

bool has_value(std::string_view name) {
    return name == "--domain" || name == "-o" || name == "--image" || name == "--tree" ||
           name == "--module" || name == "--board" || name == "--set" || name == "--medium";
}

/// False when the option cannot have this value.
bool take_value(Arguments& arguments, std::string_view name, const std::string& value) {
    if (name == "--domain") {
        arguments.domain = value;
    } else if (name == "-o") {
        arguments.output = value;
    } else if (name == "--board") {
        arguments.board = value;
    } else if (name == "--medium") {
        arguments.medium = value;
    } else if (name == "--set") {
        const std::string_view key = fdt::before(value, '=');
        arguments.choices.emplace_back(key, fdt::after(value, '='));
        return !key.empty() && key.size() != value.size();
    } else if (name == "--image") {
        const auto image = parse_image(value);
        arguments.loaded.image = image.value_or(HostRange{});
        return image.has_value();
    } else if (name == "--tree") {
        const auto address = fdt::parse_number(value);
        arguments.loaded.tree = HostAddress(address.value_or(0));
        return address.has_value();
    } else {
        const auto address = fdt::parse_number(fdt::before(value, '='));
        const std::string_view file = fdt::after(value, '=');
        arguments.modules.push_back({HostAddress(address.value_or(0)), std::string(file)});
        return address.has_value() && !file.empty();
    }
    return !value.empty();
}

/// "--name=value" is the two words "--name" and "value"; what stands behind "--" is no option.
struct Words {
    std::vector<std::string> list{};
    std::size_t options_end = ~std::size_t{0};
};

Words split(std::span<char*> given) {
    Words words;
    for (const std::string_view word : given) {
        const bool may_be_option = words.options_end > words.list.size();
        const std::string_view name = fdt::before(word, '=');
        if (may_be_option && word == "--") {
            words.options_end = words.list.size();
        } else if (may_be_option && name.starts_with("--") && has_value(name) && name != word) {
            words.list.emplace_back(name);
            words.list.emplace_back(fdt::after(word, '='));
        } else {
            words.list.emplace_back(word);
        }
    }
    return words;
}

void take_operand(Arguments& arguments, const std::string& word) {
    if (arguments.command.empty()) {
        arguments.command = word;
    } else {
        arguments.operands.push_back(word);
    }
}

}  // namespace

std::expected<Arguments, WrongWords> parse_arguments(std::span<char*> given) {
    Arguments arguments;
    const auto [words, options_end] = split(given);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (i >= options_end || word.size() < 2 || word.front() != '-') {
            take_operand(arguments, word);
            continue;
        }
        arguments.options.push_back(word);
        if (take_flag(arguments, word)) {
            continue;
        }
        if (!has_value(word)) {
            return std::unexpected(WrongWords{"there is no option " + word, word});
        }
        if (i + 1 == words.size() || i + 1 == options_end) {
            return std::unexpected(WrongWords{word + " needs a value"});
        }
        const std::string& value = words[++i];
        if (!take_value(arguments, word, value)) {
            return std::unexpected(
                WrongWords{std::string(word).append(" cannot be ").append(value)});
        }
    }
    return arguments;
}

}  // namespace isthmus::tools
