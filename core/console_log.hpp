// SPDX-License-Identifier: Apache-2.0
// What a guest wrote last, kept for the moment when somebody asks why it is gone.
#pragma once

#include <array>
#include <string_view>

#include "isthmus/units.hpp"

namespace isthmus::core {

/// Whole lines; the oldest make room for new ones. The caller locks.
class ConsoleLog {
  public:
    static constexpr usize size = 16 * KiB;
    static constexpr usize line_size = 240;  ///< bytes of one line, without its end

    /// A line that was too long was cut: its pieces stand one behind the other, the last is
    /// `whole`.
    enum class Kind : char { whole = '\n', cut = '\r' };

    constexpr ConsoleLog() = default;

    /// `line`: at most line_size bytes, without LF and CR.
    void append(std::string_view line, Kind kind = Kind::whole);
    usize lines() const { return lines_; }
    /// Oldest first: show(std::string_view, bool is_rest) for each line or piece; `is_rest`: the
    /// piece goes on where the one before was cut.
    template <class Show>
    void for_each_line(Show show) const {
        std::array<char, line_size> line;
        usize length = 0;
        bool is_rest = first_is_rest_;
        for (usize at = first_; at != end_; ++at) {
            const char c = ring_[at % size];
            if (!is_end(c)) {
                line[length++] = c;
                continue;
            }
            show(std::string_view(line.data(), length), is_rest);
            is_rest = Kind(c) == Kind::cut;
            length = 0;
        }
    }

  private:
    static bool is_end(char c) { return Kind(c) == Kind::whole || Kind(c) == Kind::cut; }
    void put(char c);
    void drop_first_line();

    std::array<char, size> ring_{};
    usize first_ = 0;  ///< begin of the oldest line; both count up
    usize end_ = 0;
    usize lines_ = 0;
    bool first_is_rest_ = false;  ///< the oldest is the rest of one that made room
};

}  // namespace isthmus::core
