// SPDX-License-Identifier: Apache-2.0
#include "core/console/log.hpp"

#include "isthmus/panic.hpp"

namespace isthmus::core {

void ConsoleLog::append(std::string_view line, Kind kind) {
    check(line.size() <= line_size, "a line longer than a console line");
    while (end_ - first_ + line.size() + 1 > size) {
        drop_first_line();
    }
    for (const char c : line) {
        put(c);
    }
    put(static_cast<char>(kind));
    ++lines_;
}

void ConsoleLog::put(char c) {
    ring_[end_++ % size] = c;
}

void ConsoleLog::drop_first_line() {
    while (!is_end(ring_[first_ % size])) {
        ++first_;
    }
    first_is_rest_ = Kind(ring_[first_ % size]) == Kind::cut;
    ++first_;
    --lines_;
}

}  // namespace isthmus::core
