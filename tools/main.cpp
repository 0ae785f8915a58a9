// SPDX-License-Identifier: Apache-2.0
// isthmus: checks and shows, on the developer's machine, what the hypervisor would do at boot.
#include <iostream>
#include <optional>
#include <span>

#include "fdt/words.hpp"
#include "tools/commands.hpp"

namespace isthmus::tools {
namespace {

constexpr std::string_view help =
    R"(usage: isthmus check FILE.dtb...                     all findings, as the console prints them
       isthmus plan FILE.dtb                         what would be built
       isthmus tree FILE.dtb --domain NAME [-o FILE] a guest's device tree
       isthmus --help

  --image ADDRESS,SIZE   where Isthmus will lie in host memory; else it is left out of account

exit status: 0 no errors (there may be warnings), 1 errors, 64 wrong usage
)";

std::optional<HostRange> parse_image(std::string_view text) {
    const auto address = fdt::parse_number(fdt::before(text, ','));
    const auto size = fdt::parse_number(fdt::after(text, ','));
    return address && size ? HostRange::from(HostAddress(*address), *size) : std::nullopt;
}

/// One option with its value; false when it is none, or its value is wrong.
bool take_option(Arguments& arguments, const std::string& name, const std::string& value) {
    if (name == "--domain") {
        arguments.domain = value;
    } else if (name == "-o") {
        arguments.output = value;
    } else if (name == "--image") {
        const auto image = parse_image(value);
        arguments.image = image.value_or(HostRange{});
        return image.has_value();
    } else {
        return false;
    }
    return true;
}

std::optional<Arguments> parse(std::span<char*> words) {
    Arguments arguments;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string word = words[i];
        if (i == 1) {
            arguments.command = word;
        } else if (word.size() > 1 && word.front() == '-') {
            if (i + 1 == words.size() || !take_option(arguments, word, words[++i])) {
                return std::nullopt;
            }
        } else {
            arguments.files.push_back(word);
        }
    }
    return arguments;
}

int run(std::span<char*> words) {
    const auto arguments = parse(words);
    if (arguments && (arguments->command == "--help" || arguments->command == "help")) {
        std::cout << help;
        return exit_clean;
    }
    const bool one_file = arguments && arguments->files.size() == 1;
    if (arguments && arguments->command == "check" && !arguments->files.empty()) {
        return check(*arguments);
    }
    if (one_file && arguments->command == "plan") {
        return plan(*arguments);
    }
    if (one_file && arguments->command == "tree" && !arguments->domain.empty()) {
        return tree(*arguments);
    }
    std::cerr << help;
    return exit_usage;
}

}  // namespace
}  // namespace isthmus::tools

int main(int count, char** words) {
    return isthmus::tools::run(std::span(words, static_cast<std::size_t>(count)));
}
