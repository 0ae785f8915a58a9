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
    /// Oldest first: show(std::string_view) for each line.
    template <class Show>
    void for_each_line(Show show) const {
        std::array<char, line_size> line;
        usize length = 0;
        for (usize at = first_; at != end_; ++at) {
            const char c = ring_[at % size];
            if (c != '\n') {
                line[length++] = c;
                continue;
            }
            show(std::string_view(line.data(), length));
            length = 0;
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
