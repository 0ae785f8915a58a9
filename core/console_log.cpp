// SPDX-License-Identifier: Apache-2.0
#include "core/console_log.hpp"

#include "isthmus/panic.hpp"

namespace isthmus::core {

void ConsoleLog::append(std::string_view line) {
    check(line.size() <= line_size, "a line longer than a console line");
    while (end_ - first_ + line.size() + 1 > size) {
        drop_first_line();
    }
    for (const char c : line) {
        put(c);
    }
    put('\n');
    ++lines_;
}

void ConsoleLog::put(char c) {
    ring_[end_++ % size] = c;
}

void ConsoleLog::drop_first_line() {
    while (ring_[first_ % size] != '\n') {
        ++first_;
    }
    ++first_;
    --lines_;
}

}  // namespace isthmus::core
