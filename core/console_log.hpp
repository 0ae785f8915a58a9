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

    constexpr ConsoleLog() = default;

    /// `line`: at most line_size bytes, without line end.
    void append(std::string_view line);
    usize lines() const { return lines_; }
    /// A reader's place between two lines.
    struct Place {
        bool begun = false;
        usize at = 0;
    };
    Place first() const { return {true, first_}; }
    /// show(std::string_view) for the line at `place`, which goes on behind it; false at the end.
    /// Nothing may be appended between first() and that.
    template <class Show>
    bool show_next(Place& place, Show show) const {
        if (place.at == end_) {
            return false;
        }
        std::array<char, line_size> line;
        usize length = 0;
        for (; ring_[place.at % size] != '\n'; ++place.at) {
            line[length++] = ring_[place.at % size];
        }
        ++place.at;
        show(std::string_view(line.data(), length));
        return true;
    }
    /// Oldest first: show(std::string_view) for each line.
    template <class Show>
    void for_each_line(Show show) const {
        for (Place place = first(); show_next(place, show);) {
        }
    }

  private:
    void put(char c);
    void drop_first_line();

    std::array<char, size> ring_{};
    usize first_ = 0;  ///< begin of the oldest line; both count up
    usize end_ = 0;
    usize lines_ = 0;
};

}  // namespace isthmus::core
