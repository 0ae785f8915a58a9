// SPDX-License-Identifier: Apache-2.0
#include "core/console/line.hpp"

#include <algorithm>

#include "isthmus/visible.hpp"

namespace isthmus::core {
namespace {

constexpr char escape = '\x1b';
constexpr usize most_digits = 4;

/// Of these none becomes text.
bool is_obeyed(char c) {
    return c == '\n' || c == '\r' || c == '\b' || c == '\0' || c == '\a';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

bool ConsoleLine::has_room_for(char c) const {
    return length_ + sequence_length_ < size || is_obeyed(c);
}

bool ConsoleLine::put(char c) {
    if (sequence_length_ == 0 && c >= ' ') [[likely]] {
        write(c);
        return false;
    }
    if (is_obeyed(c) || c == escape) {
        give_up_sequence();
    }
    switch (c) {
        case '\n':
            return true;
        case '\r':
            back(length_);
            return false;
        case '\b':
            back(1);
            return false;
        case '\0':
        case '\a':
            return false;
        default:
            take(c);
            return false;
    }
}

bool ConsoleLine::put_raw(char c) {
    if (c == '\n') {
        return true;
    }
    if (c != '\r' && c != '\0') {
        write(c);
    }
    return false;
}

/// A byte that belongs to a sequence, or is text.
void ConsoleLine::take(char c) {
    if (is_possible(c)) {
        sequence_[sequence_length_++] = c;
        return;
    }
    if (sequence_length_ >= 2 && obey(c)) {
        sequence_length_ = 0;
        return;
    }
    give_up_sequence();
    write(c);
}

/// Whether `c` may be the next of a sequence, but not its last.
bool ConsoleLine::is_possible(char c) const {
    switch (sequence_length_) {
        case 0:
            return c == escape;
        case 1:
            return c == '[';
        default: {
            const usize digits_from = sequence_[2] == '?' ? 3 : 2;
            const bool is_first = sequence_length_ == 2;
            return (is_first && c == '?') ||
                   (is_digit(c) && (is_first || sequence_length_ - digits_from < most_digits));
        }
    }
}

/// The sequence that `final` ends; false when it is none that is obeyed.
bool ConsoleLine::obey(char final) {
    const bool is_private = sequence_length_ > 2 && sequence_[2] == '?';
    usize number = 0;
    for (usize i = is_private ? 3 : 2; i < sequence_length_; ++i) {
        number = number * 10 + static_cast<usize>(sequence_[i] - '0');
    }
    if (is_private) {
        return number == 2004 && (final == 'h' || final == 'l');
    }
    const usize count = std::max<usize>(number, 1);
    switch (final) {
        case 'C':
            forward(count);
            return true;
        case 'D':
            back(count);
            return true;
        case 'J':
        case 'K':
            if (number == 0) {
                remove(cursor_, length_);
            }
            return number == 0;
        case 'P': {
            const usize from = cursor_;
            forward(count);
            remove(from, cursor_);
            cursor_ = from;
            return true;
        }
        case '@':
            insert_blanks(count);
            return true;
        default:
            return final == 'n' && number == 6;
    }
}

void ConsoleLine::give_up_sequence() {
    const usize length = sequence_length_;
    sequence_length_ = 0;
    for (usize i = 0; i < length; ++i) {
        write(sequence_[i]);
    }
}

/// Text at the cursor, over what stands there. A continuation byte goes to the character before it.
void ConsoleLine::write(char c) {
    changed_ = true;
    if (cursor_ == length_) [[likely]] {
        text_[length_++] = c;
        cursor_ = length_;
        return;
    }
    const usize covered = (static_cast<u8>(c) & 0xc0) == 0x80 ? 0 : width(cursor_);
    if (covered == 0) {
        std::copy_backward(text_.begin() + cursor_, text_.begin() + length_,
                           text_.begin() + length_ + 1);
        ++length_;
        edited(cursor_);
    } else if (covered != 1 || text_[cursor_] != c) {
        remove(cursor_ + 1, cursor_ + covered);
        edited(cursor_);
    }
    text_[cursor_++] = c;
}

/// Of the character there; 1 for a byte that is none.
usize ConsoleLine::width(usize at) const {
    return std::max<usize>(character_length(view(), at), 1);
}

void ConsoleLine::back(usize count) {
    for (; count != 0 && cursor_ != 0; --count) {
        usize step = std::min<usize>(cursor_, 4);
        while (step > 1 && character_length(view(), cursor_ - step) != step) {
            --step;
        }
        cursor_ -= step;
        changed_ = true;
    }
}

void ConsoleLine::forward(usize count) {
    for (; count != 0 && cursor_ != length_; --count) {
        cursor_ += width(cursor_);
        changed_ = true;
    }
}

void ConsoleLine::remove(usize from, usize to) {
    if (from != to) {
        std::copy(text_.begin() + to, text_.begin() + length_, text_.begin() + from);
        length_ -= to - from;
        edited(from);
    }
}

void ConsoleLine::insert_blanks(usize count) {
    count = std::min(count, size - length_ - sequence_length_);
    if (cursor_ != length_ && count != 0) {
        std::copy_backward(text_.begin() + cursor_, text_.begin() + length_,
                           text_.begin() + length_ + count);
        std::fill_n(text_.begin() + cursor_, count, ' ');
        length_ += count;
        edited(cursor_);
    }
}

/// From there on the text is another.
void ConsoleLine::edited(usize from) {
    changed_ = true;
    stale_ = stale_ || from < shown_;
}

std::string_view ConsoleLine::piece() const {
    const usize tail = std::max(unfinished_character(view()), unfinished_look_alike(view()));
    return {text_.data(), length_ - tail};
}

void ConsoleLine::cut() {
    const usize taken = piece().size();
    std::copy(text_.begin() + taken, text_.begin() + length_, text_.begin());
    length_ -= taken;
    cursor_ = length_;
    shown_ = 0;
    stale_ = false;
    changed_ = true;
}

void ConsoleLine::clear() {
    length_ = 0;
    cursor_ = 0;
    shown_ = 0;
    changed_ = false;
    stale_ = false;
}

void ConsoleLine::set_shown(usize bytes) {
    shown_ = bytes;
    changed_ = false;
    stale_ = cursor_ != length_;
}

}  // namespace isthmus::core
