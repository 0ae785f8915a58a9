// SPDX-License-Identifier: Apache-2.0
// A set of the machine's CPUs, by their numbers in tree order.
#pragma once

#include <array>
#include <bit>

#include "isthmus/limits.hpp"

namespace isthmus::dom0less {

class CpuSet {
  public:
    /// `cpu` is below limits::cpus.
    constexpr void add(u32 cpu) { words_[cpu / word_bits] |= bit(cpu); }
    /// `first` to `last`, both included; numbers that no CPU has are left out.
    constexpr void add_span(u32 first, u32 last) {
        for (u64 cpu = first; cpu <= last && cpu < limits::cpus; ++cpu) {
            add(static_cast<u32>(cpu));
        }
    }
    constexpr bool contains(u32 cpu) const {
        return cpu < limits::cpus && (words_[cpu / word_bits] & bit(cpu)) != 0;
    }
    constexpr bool is_empty() const { return *this == CpuSet{}; }
    constexpr bool operator==(const CpuSet&) const = default;
    constexpr CpuSet intersection(const CpuSet& other) const {
        CpuSet common;
        for (usize i = 0; i < words_.size(); ++i) {
            common.words_[i] = words_[i] & other.words_[i];
        }
        return common;
    }

    /// Calls `visit(cpu)` for each, in ascending order.
    template <class Visit>
    constexpr void for_each(Visit&& visit) const {
        for (u32 i = 0; i < words_.size(); ++i) {
            for (u64 left = words_[i]; left != 0; left &= left - 1) {
                visit(i * word_bits + static_cast<u32>(std::countr_zero(left)));
            }
        }
    }

  private:
    static constexpr u32 word_bits = 64;
    static_assert(limits::cpus % word_bits == 0);

    static constexpr u64 bit(u32 cpu) { return u64{1} << (cpu % word_bits); }

    std::array<u64, limits::cpus / word_bits> words_{};
};

}  // namespace isthmus::dom0less
