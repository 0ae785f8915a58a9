// SPDX-License-Identifier: Apache-2.0
// Locks are types, and what they guard is annotated: clang's -Wthread-safety checks it. Isthmus
// runs with interrupts masked, so a lock is never wanted by an interrupt on the CPU that holds it.
//
// Order, outermost first (docs/architecture.md): the console's input, a domain's vGIC, its console,
// Isthmus's own map, the heap, the machine's console. Nothing else is held while another lock is
// taken.
#pragma once

#include "isthmus/arch/cpus.hpp"
#include "isthmus/atomic.hpp"

/// What a lock guards, and which lock a function must be called with: clang checks both.
#define ISTHMUS_GUARDED_BY(lock) __attribute__((guarded_by(lock)))
#define ISTHMUS_REQUIRES(lock) __attribute__((requires_capability(lock)))

namespace isthmus {

/// A ticket lock: CPUs get it in the order in which they asked.
class __attribute__((capability("lock"))) SpinLock {
  public:
    constexpr SpinLock() = default;

    void lock() __attribute__((acquire_capability())) {
        const u32 ticket = next_.fetch_add(1, Order::relaxed);
        while (serving_.load(Order::acquire) != ticket) {
            arch::relax();
        }
    }
    void unlock() __attribute__((release_capability())) {
        // Only the holder writes `serving_`, so a plain increment is enough.
        serving_.store(serving_.load(Order::relaxed) + 1, Order::release);
    }

  private:
    Atomic<u32> next_;
    Atomic<u32> serving_;
};

/// Holds a lock for a scope.
class __attribute__((scoped_lockable)) LockGuard {
  public:
    explicit LockGuard(SpinLock& lock) __attribute__((acquire_capability(lock))) : lock_(lock) {
        lock_.lock();
    }
    ~LockGuard() __attribute__((release_capability())) { lock_.unlock(); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

  private:
    SpinLock& lock_;
};

}  // namespace isthmus
