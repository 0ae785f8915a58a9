// SPDX-License-Identifier: Apache-2.0
// The host program's panic: our own bug, said on standard error.
#include "isthmus/panic.hpp"

#include <cstdio>
#include <cstdlib>

namespace isthmus {

void panic(const char* what, std::source_location where) {
    std::fprintf(stderr, "isthmus: internal error: %s (%s:%u)\n", what, where.file_name(),
                 static_cast<unsigned>(where.line()));
    std::abort();
}

}  // namespace isthmus
