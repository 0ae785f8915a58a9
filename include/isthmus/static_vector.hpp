// SPDX-License-Identifier: Apache-2.0
// A vector with room for N elements inside itself: no allocation, contiguous, bounds-checked.
#pragma once

#include <array>
#include <span>
#include <type_traits>

#include "isthmus/types.hpp"

namespace isthmus {

template <class T, usize N>
    requires std::is_trivially_copyable_v<T>
class StaticVector {
  public:
    constexpr bool full() const { return size_ == N; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr usize size() const { return size_; }
    static constexpr usize capacity() { return N; }

    /// False, with nothing changed, when the vector is full.
    [[nodiscard]] constexpr bool push_back(const T& value) {
        if (full()) {
            return false;
        }
        items_[size_++] = value;
        return true;
    }
    constexpr void clear() { size_ = 0; }
    constexpr void pop_back() { --size_; }

    constexpr T& operator[](usize index) { return items()[index]; }
    constexpr const T& operator[](usize index) const { return items()[index]; }
    constexpr T* begin() { return items_.data(); }
    constexpr T* end() { return items_.data() + size_; }
    constexpr const T* begin() const { return items_.data(); }
    constexpr const T* end() const { return items_.data() + size_; }
    constexpr std::span<T> items() & { return {items_.data(), size_}; }
    constexpr std::span<const T> items() const& { return {items_.data(), size_}; }
    void items() const&& = delete;  // of a vector that ends here: `for (… : made().items())`

  private:
    std::array<T, N> items_{};
    usize size_ = 0;
};

}  // namespace isthmus
