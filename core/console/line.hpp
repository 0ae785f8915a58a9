// SPDX-License-Identifier: Apache-2.0
// One line of a guest as a terminal would show it: what its line editor does to the line is done
// here, and no control character is passed on. Then whatever a guest sends changes its own line
// only.
//
//   l s s  BS  ESC[J  CR  LF     ->  the line "ls", ended
//   ESC[2J                       ->  the text "<1b>[2J": it is no part of a line editor's work
#pragma once

#include <array>
#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::core {

class ConsoleLine {
  public:
    static constexpr usize size = 240;  ///< bytes, as the guest sent them

    constexpr ConsoleLine() = default;

    /// False when `c` needs room that the line does not have: `cut` makes some.
    bool has_room_for(char c) const;
    /// Takes a byte for which there is room. True when it ends the line, which is then complete.
    /// Obeyed, by one character each time unless a count stands in N (ECMA-48, 8.3): BS, CR,
    /// ESC [ N C, D, P, @; ESC [ K and ESC [ J, both up to the line's end. Swallowed: NUL, BEL, ESC
    /// [ 6 n (the cursor's place is asked; nobody answers), ESC [ ? 2004 h and l. The rest is text.
    bool put(char c);
    /// As `put`, but only LF is obeyed, and CR and NUL are dropped: the rest is text.
    bool put_raw(char c);
    /// What was kept, in case it became a sequence that is obeyed, is text after all.
    void give_up_sequence();

    std::string_view view() const { return {text_.data(), length_}; }
    usize cursor() const { return cursor_; }
    /// The first piece of a line that is too long, in whole characters.
    std::string_view piece() const;
    /// Takes that piece off.
    void cut();
    void clear();

    /// What the terminal has, when nobody else has written since: so many bytes, and the cursor
    /// behind them; 0 when that would not do, and the whole line has to be written again.
    usize shown() const { return stale_ ? 0 : shown_; }
    /// What the terminal has of it would not do.
    bool is_stale() const { return stale_; }
    /// Whether the terminal lacks something.
    bool is_changed() const { return changed_; }
    /// Whether there is anything of it, here or on the terminal.
    bool is_open() const { return length_ != 0 || stale_; }
    /// The first `bytes` are on the terminal now, with its cursor where ours is.
    void set_shown(usize bytes);

  private:
    void take(char c);
    void write(char c);
    bool is_possible(char c) const;
    bool obey(char final);
    void back(usize count);
    void forward(usize count);
    void remove(usize from, usize to);
    void insert_blanks(usize count);
    usize width(usize at) const;
    void edited(usize from);

    std::array<char, size> text_{};
    usize length_ = 0;
    usize cursor_ = 0;  ///< up to length_
    usize shown_ = 0;
    bool changed_ = false;
    bool stale_ = false;
    std::array<char, 8> sequence_{};  ///< ESC [ and what followed so far
    usize sequence_length_ = 0;
};

}  // namespace isthmus::core
