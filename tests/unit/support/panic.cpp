// SPDX-License-Identifier: Apache-2.0
// A panic ends the test program; death tests look for its text.
#include "isthmus/panic.hpp"

#include <cstdio>
#include <cstdlib>

namespace isthmus {

void panic(const char* what, std::source_location where) {
    std::fprintf(stderr, "panic: %s (%s:%u)\n", what, where.file_name(),
                 static_cast<unsigned>(where.line()));
    std::abort();
}

}  // namespace isthmus
