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
    /// A reader's place between two lines.
    struct Place {
        bool begun = false;
        bool is_rest = false;  ///< what comes next goes on where the piece before was cut
        usize at = 0;
        usize end = 0;  ///< what is written from now on is not waited for
    };
    Place first() const { return {true, first_is_rest_, first_, end_}; }
    /// show(std::string_view, bool is_rest) for the line, or piece of one, at `place`, which goes
    /// on behind it; false at the end. What has made room for new lines meanwhile is passed over.
    template <class Show>
    bool show_next(Place& place, Show show) const {
        if (place.at < first_) {
            place.at = first_;
            place.is_rest = first_is_rest_;
        }
        if (place.at >= place.end) {
            return false;
        }
        std::array<char, line_size> line;
        usize length = 0;
        for (; !is_end(ring_[place.at % size]); ++place.at) {
            line[length++] = ring_[place.at % size];
        }
        const bool is_rest = place.is_rest;
        place.is_rest = Kind(ring_[place.at % size]) == Kind::cut;
        ++place.at;
        show(std::string_view(line.data(), length), is_rest);
        return true;
    }
    /// Oldest first: show(std::string_view, bool is_rest) for each line or piece.
    template <class Show>
    void for_each_line(Show show) const {
        for (Place place = first(); show_next(place, show);) {
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
