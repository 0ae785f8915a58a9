// SPDX-License-Identifier: Apache-2.0
// A vCPU that does nothing but fault, at one place: no vectors to take its exception with, or a
// handler that ends in the same exception. Pure: whoever sees the faults tells them. A loop inside
// EL1 leaves for nothing and is not seen here; the watchdog's is that.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

class FaultLoop {
  public:
    /// So many in a row are no accident: one that probes for devices looks at another address each
    /// time, and one that waits for a device leaves for something else, too.
    static constexpr u32 limit = 10'000;

    /// One more fault, of the instruction at `pc`, when the vCPU has left its guest `exits` times
    /// with this one, interrupts of the machine not counted. True: it is the last of `limit` that
    /// have nothing between them; the count then begins again.
    constexpr bool note(u64 pc, u64 exits) {
        in_a_row_ = pc == pc_ && exits == exits_ + 1 ? in_a_row_ + 1 : 1;
        pc_ = pc;
        exits_ = exits;
        if (in_a_row_ < limit) [[likely]] {
            return false;
        }
        in_a_row_ = 0;
        return true;
    }

  private:
    u64 pc_ = 0;
    u64 exits_ = 0;  ///< with the last fault
    u32 in_a_row_ = 0;
};

}  // namespace isthmus::core
