// SPDX-License-Identifier: Apache-2.0
#include "isthmus/visible.hpp"

namespace isthmus {
namespace {

struct CodeSpan {
    u32 first;
    u32 last;
};

/// Characters that a terminal obeys instead of showing them, that nobody sees, that end lines for
/// programs, or that change the direction of what stands around them.
constexpr std::array never_shown{
    CodeSpan{0x00, 0x08},     CodeSpan{0x0a, 0x1f},     CodeSpan{0x7f, 0x9f},
    CodeSpan{0xad, 0xad},     CodeSpan{0x61c, 0x61c},   CodeSpan{0x180e, 0x180e},
    CodeSpan{0x200b, 0x200f}, CodeSpan{0x2028, 0x202e}, CodeSpan{0x2060, 0x206f},
    CodeSpan{0xfeff, 0xfeff}, CodeSpan{0xfff9, 0xfffb}, CodeSpan{0xe0000, 0xe0fff}};

bool is_shown(u32 code) {
    for (const CodeSpan& span : never_shown) {
        if (code >= span.first && code <= span.last) {
            return false;
        }
    }
    return true;
}

u8 byte_at(std::string_view text, usize at) {
    return static_cast<u8>(text[at]);
}

bool is_continuation(u8 byte) {
    return (byte & 0xc0) == 0x80;
}

/// By its first byte; 0 for one that begins none.
usize length_by_lead(u8 lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

struct Character {
    u32 code = 0;
    usize length = 0;  ///< 0: no character
};

Character read_character(std::string_view text, usize at) {
    const usize length = length_by_lead(byte_at(text, at));
    if (length <= 1 || length > text.size() - at) {
        return length == 1 ? Character{byte_at(text, at), 1} : Character{};
    }
    u32 code = byte_at(text, at) & (0x7fu >> length);
    for (usize i = 1; i < length; ++i) {
        if (!is_continuation(byte_at(text, at + i))) {
            return {};
        }
        code = code << 6 | (byte_at(text, at + i) & 0x3f);
    }
    constexpr std::array<u32, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[length] || code > 0x10ffff || is_surrogate ? Character{}
                                                                   : Character{code, length};
}

bool is_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// Bytes from `at` on that are shown as they are; 0 when the one there is not.
usize shown_length(std::string_view text, usize at, TextForm form) {
    if (text[at] == '>' && unfinished_look_alike({text.data(), at}) == 3) {
        return 0;
    }
    const Character character = read_character(text, at);
    const bool is_in_set = character.length == 1 || form == TextForm::utf8;
    return is_in_set && is_shown(character.code) ? character.length : 0;
}

}  // namespace

usize character_length(std::string_view text, usize at) {
    return read_character(text, at).length;
}

usize unfinished_character(std::string_view text) {
    for (usize back = 1; back <= 3 && back <= text.size(); ++back) {
        const u8 byte = byte_at(text, text.size() - back);
        if (!is_continuation(byte)) {
            return length_by_lead(byte) > back ? back : 0;
        }
    }
    return 0;
}

usize unfinished_look_alike(std::string_view text) {
    for (usize back = 1; back <= 3 && back <= text.size(); ++back) {
        const char c = text[text.size() - back];
        if (c == '<') {
            return back;
        }
        if (!is_digit(c)) {
            return 0;
        }
    }
    return 0;
}

void write_visible(TextSink& sink, std::string_view text, usize from, TextForm form) {
    usize plain = from;  // from here to `at` all is shown as it is
    usize at = from;
    while (form != TextForm::raw && at < text.size()) {
        const usize length = shown_length(text, at, form);
        at += length;
        if (length != 0) {
            continue;
        }
        constexpr std::string_view digits = "0123456789abcdef";
        const u8 byte = byte_at(text, at);
        const std::array<char, 4> shown{'<', digits[byte >> 4], digits[byte & 0xf], '>'};
        sink.write({text.data() + plain, at - plain});
        sink.write({shown.data(), shown.size()});
        plain = ++at;
    }
    if (plain < text.size()) {
        sink.write({text.data() + plain, text.size() - plain});
    }
}

}  // namespace isthmus
