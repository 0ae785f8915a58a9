// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dom0less/kernel/gzip/inflate.hpp"

namespace isthmus::test {

/// Keeps what it is given, and says "enough" behind `limit` bytes.
class CollectingSink final : public dom0less::ByteSink {
  public:
    explicit CollectingSink(usize limit = ~usize{0}) : limit_(limit) {}
    bool write(std::span<const std::byte> bytes) override {
        taken.insert(taken.end(), bytes.begin(), bytes.end());
        longest = bytes.size() > longest ? bytes.size() : longest;
        return taken.size() <= limit_;
    }
    std::string_view text() const {
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }

    std::vector<std::byte> taken;
    usize longest = 0;  ///< of what came at once

  private:
    usize limit_;
};

}  // namespace isthmus::test
