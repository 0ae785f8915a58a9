// SPDX-License-Identifier: Apache-2.0
// Stands before include/isthmus/spinlock.hpp: where the code under test waits for a lock and holds
// none, another CPU may do something whole first.
#pragma once

#include "isthmus/arch/cpus.hpp"
#include "isthmus/atomic.hpp"
#include "isthmus/panic.hpp"

namespace isthmus {

namespace model::ports {
/// Called by who is about to take a lock, and holds none.
void before_locks();
inline int locks_held = 0;
}  // namespace model::ports

class SpinLock {
  public:
    void lock() {
        if (model::ports::locks_held == 0) {
            model::ports::before_locks();
        }
        check(!held_, "a lock is taken twice");
        held_ = true;
        ++model::ports::locks_held;
    }
    [[nodiscard]] bool try_lock() {
        if (held_) {
            return false;
        }
        lock();
        return true;
    }
    void unlock() {
        check(held_, "a lock is given back that nobody has");
        held_ = false;
        --model::ports::locks_held;
    }

  private:
    bool held_ = false;
};

}  // namespace isthmus

#include "tests/model/lock_guard.hpp"
