// SPDX-License-Identifier: Apache-2.0
// Reads the console's text by docs/console.md alone: what each writer said, and whether there is a
// control character that the page does not know. Written beside core/console/console.cpp, not from
// it.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::test {

/// `<1b>` is the byte 1b, all else itself.
inline std::string decoded(std::string_view shown) {
    const auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    };
    std::string text;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        if (shown[i] == '<' && i + 3 < shown.size() && digit(shown[i + 1]) >= 0 &&
            digit(shown[i + 2]) >= 0 && shown[i + 3] == '>') {
            text += static_cast<char>(digit(shown[i + 1]) * 16 + digit(shown[i + 2]));
            i += 3;
        } else {
            text += shown[i];
        }
    }
    return text;
}

/// Whether a terminal in UTF-8 mode shows all of it and obeys none of it; tabs are shown.
inline bool is_harmless(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            if ((lead < ' ' && lead != '\t') || lead == 0x7f) {
                return false;
            }
            continue;
        }
        const unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        unsigned code = lead & (more == 3 ? 0x07 : more == 2 ? 0x0f : 0x1f);
        if (lead < 0xc0 || lead > 0xf7 || i + more >= text.size()) {
            return false;
        }
        for (unsigned k = 0; k < more; ++k) {
            const unsigned next = static_cast<unsigned char>(text[++i]);
            if (next >> 6 != 2) {
                return false;
            }
            code = code << 6 | (next & 0x3f);
        }
        const unsigned least = more == 1 ? 0xa0 : more == 2 ? 0x800 : 0x10000;  // C1 is not shown
        if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
            (code >= 0x2028 && code <= 0x202e)) {
            return false;
        }
    }
    return true;
}

struct ConsoleText {
    /// What each writer said, in its lines: lines that were cut are whole, bytes are decoded.
    std::map<std::string, std::vector<std::string>> lines;
    std::string open_writer;  ///< of the line without end at the end; empty: none
    std::string open_text;
};

/// Throws when the text breaks the page's rules.
inline ConsoleText read_console_text(std::string_view all) {
    constexpr std::string_view withdrawn = "\x1b[0K";
    constexpr std::string_view again = "\x1b[0K\r\x1b[K";
    ConsoleText result;
    while (!all.empty()) {
        const std::size_t end = all.find("\r\n");
        std::string_view line = all.substr(0, end);
        all.remove_prefix(end == all.npos ? all.size() : end + 2);
        while (line.find(again) != line.npos) {
            line.remove_prefix(line.find(again) + again.size());
        }
        const bool is_withdrawn = line.ends_with(withdrawn);
        line.remove_suffix(is_withdrawn ? withdrawn.size() : 0);
        while (line.ends_with('\b')) {
            line.remove_suffix(1);
        }
        const std::size_t bar = line.find('|');
        if (!is_harmless(line) || bar == line.npos || bar + 1 == line.size() ||
            (line[bar + 1] != ' ' && line[bar + 1] != '+')) {
            throw std::runtime_error("no line of the console: " + std::string(line));
        }
        const std::string writer(line.substr(0, bar));
        const std::string text = decoded(line.substr(bar + 2));
        if (is_withdrawn) {
            continue;
        }
        if (end == line.npos && all.empty()) {
            result.open_writer = writer;
            result.open_text = text;
        } else if (line[bar + 1] == '+' && !result.lines[writer].empty()) {
            result.lines[writer].back() += text;
        } else {
            result.lines[writer].push_back(text);
        }
    }
    return result;
}

}  // namespace isthmus::test
