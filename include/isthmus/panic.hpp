// SPDX-License-Identifier: Apache-2.0
// The end of the line for our own bugs. Input, guests and firmware never lead here.
#pragma once

#include <source_location>

namespace isthmus {

/// Prints what, where, registers and a backtrace, and stops all CPUs. Any context may call it. The
/// hypervisor image, the host program and the tests each bring their own definition.
[[noreturn]] void panic(const char* what,
                        std::source_location where = std::source_location::current());

/// Panics when a condition that our own code guarantees does not hold. Checked in every build.
inline void check(bool condition, const char* what,
                  std::source_location where = std::source_location::current()) {
    if (!condition) [[unlikely]] {
        panic(what, where);
    }
}

}  // namespace isthmus
