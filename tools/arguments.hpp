// SPDX-License-Identifier: Apache-2.0
// The command line, taken apart.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isthmus/range.hpp"

namespace isthmus::tools {

/// --module ADDRESS=FILE: what a boot loader will put there.
struct ModuleFile {
    HostAddress address;
    std::string file;
};

/// Where the boot loader puts what the plan must leave alone; what is not known is left out.
struct LoadedAt {
    HostRange image;                       ///< --image ADDRESS,SIZE
    std::optional<HostAddress> tree = {};  ///< --tree ADDRESS: the boot tree, as long as the file
};

struct Arguments {
    std::string command;
    std::vector<std::string> operands;  ///< files, or the rules of `explain`
    std::string domain;                 ///< --domain NAME
    std::string output;                 ///< -o FILE
    LoadedAt loaded;                    ///< --image, --tree
    std::vector<ModuleFile> modules;    ///< --module, in order
    std::vector<std::string>
        options;        ///< the names of those given, to be compared with a command's
    std::string board;  ///< --board FOLDER
    std::vector<std::pair<std::string, std::string>> choices;  ///< --set KEY=VALUE, in order
    std::string medium;                                        ///< --medium KIND: of `make`
    bool json = false;
    bool strict = false;
    bool digests = false;  ///< --digests: of `make`
    bool help = false;
    bool version = false;  ///< --version, in place of a command
};

/// Why the words cannot be taken apart.
struct WrongWords {
    std::string why;          ///< a sentence for the user
    std::string option = {};  ///< one that no command has
};

/// The words behind the program's name.
std::expected<Arguments, WrongWords> parse_arguments(std::span<char*> words);

}  // namespace isthmus::tools
