// SPDX-License-Identifier: Apache-2.0
// Stands before include/isthmus/spinlock.hpp: who waits for a lock lets another CPU go on, which is
// not counted as a switch.
#pragma once

#include "isthmus/atomic.hpp"

namespace isthmus {

class SpinLock {
  public:
    constexpr SpinLock() = default;
    void lock() {
        model::next_access();
        while (is_held_) {
            model::wait(this);
        }
        is_held_ = true;
        model::learn(model::own_clock(), model::clock_of(this));
    }
    void unlock() {
        model::next_access();
        model::land_stores();
        model::learn(model::clock_of(this), model::own_clock());
        is_held_ = false;
        model::wake(this);
        model::next_access();  // who waited goes on before anything else is done
    }

  private:
    bool is_held_ = false;
};

}  // namespace isthmus

#include "tests/model/lock_guard.hpp"
