// SPDX-License-Identifier: Apache-2.0
// Sends what a terminal would obey, and what could be taken for lines of others: at last each byte
// once, "\n" behind each.
#include <array>

#include "runtime/runtime.hpp"

namespace isthmus::guest {
namespace {

using namespace std::string_view_literals;

constexpr std::array attacks{
    "\risthmus| forged by CR"sv,
    "x\b\b\b\b\b\b\b\b\b\b\bisthmus| forged by BS"sv,
    "\x1b[Aisthmus| forged by a cursor"sv,
    "\x1b[1;1Histhmus| forged by a place"sv,
    "\x9b"
    "2Jisthmus| forged by C1"sv,
    "\xc2\x9b"
    "2Jisthmus| forged by C1 in UTF-8"sv,
    "\x1b[0K\risthmus| forged by our own mark"sv,
    "\x1b[8mhidden"sv,
    "\x1b[c\x1bZ\x1b[6n\x1bP$qm\x1b\\\x1b]52;c;?\a typed by the terminal"sv,
    "\xe2\x80\xa8isthmus| forged by a separator"sv,
    "<1b> as text"sv,
};

void send(std::string_view text) {
    for (const char c : text) {
        uart().put(c);
    }
}

}  // namespace

void guest_main() {
    for (const std::string_view attack : attacks) {
        send(attack);
        send("\r\n");
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
        uart().put(static_cast<char>(byte));
        send("\n");
    }
    for (int i = 0; i < 300; ++i) {  // what comes behind a cut is no line of its own
        uart().put('x');
    }
    send("isthmus| forged by length\n");
    say("forge: ok");
}

}  // namespace isthmus::guest
