// SPDX-License-Identifier: Apache-2.0
// Random words of code, with what they find in the registers.
#pragma once

#include <array>
#include <span>

#include "isthmus/types.hpp"

namespace isthmus::guest::chaos {

/// xorshift64*.
class Random {
  public:
    explicit Random(u64 seed) : state_(seed * 2 + 1) {}
    u64 next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1d;
    }
    u64 below(u64 limit) { return (next() >> 16) % limit; }

  private:
    u64 state_;
};

/// run.S knows the layout.
struct ChaosState {
    std::array<u64, 31> x{};
    u64 sp = 0;
};

/// Any word but those that would end the experiment rather than Isthmus: branches, sleeping, and
/// writes to the registers that say where this guest's own code and vectors are.
u32 choose_word(Random& random);

/// Addresses from `places`, small numbers and large ones, so that no sum of two is in the guest's
/// own RAM; in x0 sometimes a function number of a call that does not end the guest.
void choose_registers(Random& random, std::span<const u64> places, ChaosState& state);

}  // namespace isthmus::guest::chaos
