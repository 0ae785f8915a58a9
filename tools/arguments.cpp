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
    } else if (name == "--help" || name == "-h") {
        arguments.help = true;
    } else {
        return false;
    }
    return true;
}

bool has_value(std::string_view name) {
    return name == "--domain" || name == "-o" || name == "--image" || name == "--tree" ||
           name == "--module";
}

/// False when the option cannot have this value.
bool take_value(Arguments& arguments, std::string_view name, const std::string& value) {
    if (name == "--domain") {
        arguments.domain = value;
    } else if (name == "-o") {
        arguments.output = value;
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

}  // namespace

std::expected<Arguments, std::string> parse_arguments(std::span<char*> words) {
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string word = words[i];
        const bool is_option = word.size() > 1 && word.front() == '-';
        if (is_option) {
            arguments.options.push_back(word);
        }
        if (is_option && take_flag(arguments, word)) {
            continue;
        }
        if (is_option && !has_value(word)) {
            return std::unexpected("there is no option " + word);
        }
        if (is_option) {
            if (i + 1 == words.size()) {
                return std::unexpected(word + " needs a value");
            }
            const std::string value = words[++i];
            if (!take_value(arguments, word, value)) {
                return std::unexpected(std::string(word).append(" cannot be ").append(value));
            }
        } else if (arguments.command.empty()) {
            arguments.command = word;
        } else {
            arguments.operands.push_back(word);
        }
    }
    return arguments;
}

}  // namespace isthmus::tools
