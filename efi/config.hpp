// SPDX-License-Identifier: Apache-2.0
// isthmus.cfg, the loader's own file (docs/efi.md): a line is a word, `=` and its value.
//
//     # two guests for firmware's own tree
//     overlay = guests.dtbo
//     module = /chosen/guest-a/module@0 guest-a.bin
#pragma once

#include <expected>
#include <span>
#include <string_view>

#include "isthmus/static_vector.hpp"

namespace isthmus::efi {

/// A file in the place of a module's `reg`.
struct ModuleFile {
    std::string_view node;  ///< the full path of the module's node
    std::string_view file;
};

struct Config {
    static constexpr usize most_overlays = 16;
    static constexpr usize most_modules = 128;

    std::string_view tree;  ///< empty: firmware's, or isthmus.dtb
    std::string_view save;  ///< the file that gets the tree as it is handed over; empty: none
    StaticVector<std::string_view, most_overlays> overlays;  ///< in this order
    StaticVector<ModuleFile, most_modules> modules;
};

struct ConfigError {
    usize line = 0;         ///< from 1 on
    std::string_view what;  ///< a sentence that may be printed
    std::string_view text;  ///< the word at fault; any characters
};

/// `text` may hold anything, and has to outlive what is returned.
std::expected<Config, ConfigError> read_config(std::string_view text);

}  // namespace isthmus::efi
