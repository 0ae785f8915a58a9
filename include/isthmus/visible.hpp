// SPDX-License-Identifier: Apache-2.0
// Text of others (guests, trees) as a terminal may be given it: nothing that moves the cursor,
// hides text, or makes the terminal answer.
//
//   1b 5b 32 4a           ->  <1b>[2J
//   3c 31 62 3e  "<1b>"   ->  <1b<3e>
//
// So `<` with two digits and `>` always stands for one byte: replacing these, and nothing else,
// gives the text back.
#pragma once

#include <string_view>

#include "isthmus/text.hpp"

namespace isthmus {

/// What of a text is shown as it is.
enum class TextForm : u8 {
    utf8,   ///< ASCII, tabs and well-formed UTF-8, without controls and invisible characters
    ascii,  ///< ASCII and tabs
    raw,    ///< all of it
};

/// Writes what of `text` follows its first `from` bytes, which have been written before: bytes that
/// are not shown as they are become two hexadecimal digits between `<` and `>`. These are C0 except
/// tab, DEL, C1, characters that are invisible, break lines or turn the writing direction, what is
/// no well-formed UTF-8 (Unicode 15, 3.9, table 3-7), and a `>` behind `<` and two such digits.
void write_visible(TextSink& sink, std::string_view text, usize from = 0,
                   TextForm form = TextForm::utf8);

/// Bytes of the well-formed UTF-8 character at `at`, 1 for ASCII; 0 when there is none.
usize character_length(std::string_view text, usize at);
/// How many of the last bytes may be the begin of a character of UTF-8 that goes on.
usize unfinished_character(std::string_view text);
/// How many of the last bytes are the begin of what looks like `<1b>`.
usize unfinished_look_alike(std::string_view text);

}  // namespace isthmus
