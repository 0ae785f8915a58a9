// SPDX-License-Identifier: Apache-2.0
// How late interrupts came: the middle one, the worst, and how many in each power of two.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "isthmus/types.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest {

class Latencies {
  public:
    static constexpr usize most = 4096;

    void note(u64 ticks) {
        if (count_ < most) {
            ticks_[count_++] = ticks;
        }
    }
    usize count() const { return count_; }

    /// Lines "interference: NAME-typical COUNT", and so on. The order of the samples is lost.
    void report(std::string_view name) {
        std::sort(ticks_.begin(), ticks_.begin() + count_);
        const usize last = count_ == 0 ? 0 : count_ - 1;
        say("interference: {}-samples {}", name, count_);
        say("interference: {}-typical {}", name, ticks_[count_ / 2]);
        say("interference: {}-worst {}", name, ticks_[last]);
        for (usize at = 0; at < count_;) {
            const auto width = static_cast<u64>(std::bit_width(ticks_[at]));
            const usize first = at;
            while (at < count_ && static_cast<u64>(std::bit_width(ticks_[at])) == width) {
                ++at;
            }
            say("interference: {}-below-{} {}", name, u64{1} << width, at - first);
        }
    }

  private:
    std::array<u64, most> ticks_{};
    usize count_ = 0;
};

}  // namespace isthmus::guest
