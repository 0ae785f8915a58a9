// SPDX-License-Identifier: Apache-2.0
// Atomic words. <atomic> is not for freestanding code (it pulls in the C library's headers), so
// the compiler's builtins are wrapped here, once. ThreadSanitizer understands the builtins.
#pragma once

#include <type_traits>

#include "isthmus/types.hpp"

namespace isthmus {

enum class Order : int {
    relaxed = __ATOMIC_RELAXED,
    acquire = __ATOMIC_ACQUIRE,
    release = __ATOMIC_RELEASE,
    acq_rel = __ATOMIC_ACQ_REL,
    seq_cst = __ATOMIC_SEQ_CST,
};

/// What stands before it is seen by others before what stands behind it. ThreadSanitizer does not
/// know it, so no test of its may depend on one.
inline void full_fence() {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/// A word that one CPU alone writes, by plain stores, as another may see it: some value that it
/// had. For figures that are shown.
inline u64 glance(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}

/// A naturally aligned integer, flag or enumerator that several CPUs may touch at once. Defaults
/// are the strong orders; where a weaker one is chosen, the line says why.
template <class T>
class Atomic {
    /// The builtins take integers only.
    template <class U, bool IsEnum>
    struct WordOf {
        using Type = U;
    };
    template <class U>
    struct WordOf<U, true> {
        using Type = std::underlying_type_t<U>;
    };
    using Word = typename WordOf<T, std::is_enum_v<T>>::Type;

  public:
    constexpr Atomic() = default;
    constexpr explicit Atomic(T value) : value_(static_cast<Word>(value)) {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(Order order = Order::acquire) const {
        return static_cast<T>(__atomic_load_n(&value_, static_cast<int>(order)));
    }
    void store(T value, Order order = Order::release) {
        __atomic_store_n(&value_, static_cast<Word>(value), static_cast<int>(order));
    }
    T exchange(T value, Order order = Order::acq_rel) {
        return static_cast<T>(
            __atomic_exchange_n(&value_, static_cast<Word>(value), static_cast<int>(order)));
    }
    /// On failure `expected` holds the value found. May fail spuriously: use it in a loop.
    bool compare_exchange(T& expected, T desired, Order success = Order::acq_rel,
                          Order failure = Order::acquire) {
        auto found = static_cast<Word>(expected);
        const bool done =
            __atomic_compare_exchange_n(&value_, &found, static_cast<Word>(desired), true,
                                        static_cast<int>(success), static_cast<int>(failure));
        expected = static_cast<T>(found);
        return done;
    }
    /// These return the value held before. Of integers.
    T fetch_add(T value, Order order = Order::acq_rel)
        requires std::is_integral_v<T>
    {
        return __atomic_fetch_add(&value_, value, static_cast<int>(order));
    }
    T fetch_sub(T value, Order order = Order::acq_rel)
        requires std::is_integral_v<T>
    {
        return __atomic_fetch_sub(&value_, value, static_cast<int>(order));
    }
    T fetch_or(T value, Order order = Order::acq_rel)
        requires std::is_integral_v<T>
    {
        return __atomic_fetch_or(&value_, value, static_cast<int>(order));
    }
    T fetch_and(T value, Order order = Order::acq_rel)
        requires std::is_integral_v<T>
    {
        return __atomic_fetch_and(&value_, value, static_cast<int>(order));
    }

    /// The value without atomicity, for bulk work on words that no other CPU touches meanwhile:
    /// the compiler may join neighbouring accesses. Of integers.
    Word& plain() { return value_; }
    const Word& plain() const { return value_; }

  private:
    alignas(sizeof(Word)) Word value_{};
};

}  // namespace isthmus
