// SPDX-License-Identifier: Apache-2.0
// What a guest does with its virtual CPU interface: the hardware's reading of the list registers
// (Arm IHI 0069, 4.8 and 12.4), EOImode 0.
#pragma once

#include <vector>

#include "tests/unit/support/fake_machine.hpp"

namespace isthmus::test {

inline constexpr u32 spurious = 1023;

class VirtualCpu {
  public:
    explicit VirtualCpu(usize cpu) : cpu_(fake().cpus[cpu]) {}

    /// ICC_IAR1_EL1, GICC_IAR: the most urgent pending interrupt that beats what is active, or
    /// 1023; of an SGI on a GICv2 with its sender in bits 12:10, which the end must name, too.
    u32 acknowledge();
    /// ICC_EOIR1_EL1. An end that no list register knows is counted, if it ended a priority.
    void end(u32 intid);

    /// The interface of a vCPU that starts afresh: nothing is being handled.
    void reset() {
        active_priorities_.clear();
        cpu_.end_count = 0;
    }
    usize nesting() const { return active_priorities_.size(); }

  private:
    FakeCpu& cpu_;
    std::vector<unsigned> active_priorities_;
};

}  // namespace isthmus::test
