// SPDX-License-Identifier: Apache-2.0
// Stands before include/isthmus/atomic.hpp: each access is a moment at which another CPU may go on,
// and brings along what its order promises, and no more. A store may be seen late, too, as a CPU's
// store buffer does it, where the exploration has stores to put off.
#pragma once

#include <cstring>
#include <type_traits>

#include "isthmus/types.hpp"
#include "tests/model/schedule/schedule.hpp"

namespace isthmus {

/// What stands before it is seen before anything behind it is read.
inline void full_fence() {
    model::next_access();
    model::land_stores();
    static const char all_fences = 0;
    model::learn(model::own_clock(), model::clock_of(&all_fences));
    model::learn(model::clock_of(&all_fences), model::own_clock());
}

enum class Order : int { relaxed, acquire, release, acq_rel, seq_cst };

template <class T>
class Atomic {
  public:
    constexpr Atomic() = default;
    constexpr explicit Atomic(T value) : value_(value) {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(Order order = Order::acquire) const {
        model::next_access();
        if (const std::byte* own = model::put_off_value(this); own != nullptr) {
            T value{};
            std::memcpy(&value, own, sizeof(T));
            return value;
        }
        see(order);
        return value_;
    }
    void store(T value, Order order = Order::release) {
        model::next_access();
        const model::Clock known = order == Order::relaxed ? model::Clock{} : model::own_clock();
        const auto land = [this, value, known] {
            model::clock_of(this) = known;
            value_ = value;
        };
        if (model::is_put_off()) {
            model::put_off(this, std::as_bytes(std::span(&value, 1)), land);
        } else {
            land();
        }
    }
    T exchange(T value, Order order = Order::acq_rel) {
        return change(order, [&](T) { return value; });
    }
    bool compare_exchange(T& expected, T desired, Order success = Order::acq_rel,
                          Order failure = Order::acquire) {
        model::next_access();
        model::land_stores();
        if (value_ != expected) {
            see(failure);
            expected = value_;
            return false;
        }
        see(success);
        show(success);
        value_ = desired;
        return true;
    }
    T fetch_add(T value, Order order = Order::acq_rel) {
        return change(order, [&](T old) { return static_cast<T>(old + value); });
    }
    T fetch_sub(T value, Order order = Order::acq_rel) {
        return change(order, [&](T old) { return static_cast<T>(old - value); });
    }
    T fetch_or(T value, Order order = Order::acq_rel) {
        return change(order, [&](T old) { return static_cast<T>(old | value); });
    }
    T fetch_and(T value, Order order = Order::acq_rel) {
        return change(order, [&](T old) { return static_cast<T>(old & value); });
    }

    T& plain() { return value_; }
    const T& plain() const { return value_; }

  private:
    template <class Next>
    T change(Order order, Next next) {
        model::next_access();
        model::land_stores();
        see(order);
        show(order);
        const T old = value_;
        value_ = next(old);
        return old;
    }
    void see(Order order) const {
        if (order != Order::relaxed && order != Order::release) {
            model::learn(model::own_clock(), model::clock_of(this));
        }
    }
    /// What a word says it goes on saying after others' read-modify-writes.
    void show(Order order) {
        if (order != Order::relaxed && order != Order::acquire) {
            model::learn(model::clock_of(this), model::own_clock());
        }
    }

    alignas(sizeof(T)) T value_{};
};

}  // namespace isthmus
