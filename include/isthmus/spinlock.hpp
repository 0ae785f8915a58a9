// SPDX-License-Identifier: Apache-2.0
// Locks are types, and what they guard is annotated: clang's -Wthread-safety checks it. Isthmus
// runs with interrupts masked, so a lock is never wanted by an interrupt on the CPU that holds it.
//
// docs/architecture.md lists every lock and the order in which they are taken. A lock with nothing
// annotated does not pass tests/lint/test_locks.py.
#pragma once

#include "isthmus/arch/cpus.hpp"
#include "isthmus/atomic.hpp"

/// What a lock guards, and which lock a function must be called with: clang checks both, g++ passes
/// over them. g++ wants the attribute of a function that is defined at once in front of it, and a
/// lock that is a member of something in parentheses of its own.
#define ISTHMUS_GUARDED_BY(lock) __attribute__((guarded_by(lock)))
#define ISTHMUS_REQUIRES(lock) __attribute__((requires_capability(lock)))
/// On a class that holds `lock` for a scope, its constructor and its destructor.
#define ISTHMUS_SCOPED_LOCK __attribute__((scoped_lockable))
#define ISTHMUS_ACQUIRES(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define ISTHMUS_TRIES_TO_ACQUIRE __attribute__((try_acquire_capability(true)))
#define ISTHMUS_RELEASES __attribute__((release_capability()))
/// On a function that clang cannot check; its comment says why it is right.
#define ISTHMUS_UNCHECKED __attribute__((no_thread_safety_analysis))

namespace isthmus {

/// A ticket lock: CPUs get it in the order in which they asked.
class __attribute__((capability("lock"))) SpinLock {
  public:
    constexpr SpinLock() = default;

    void lock() ISTHMUS_ACQUIRES() {
        const u32 ticket = next_.fetch_add(1, Order::relaxed);
        while (serving_.load(Order::acquire) != ticket) {
            arch::relax();
        }
    }
    /// Takes it if nobody has it or waits for it.
    [[nodiscard]] bool try_lock() ISTHMUS_TRIES_TO_ACQUIRE {
        u32 ticket = serving_.load(Order::relaxed);
        // That nobody else took the ticket says that it is still the one that is served.
        const u32 mine = ticket;
        while (!next_.compare_exchange(ticket, mine + 1, Order::acquire, Order::relaxed)) {
            if (ticket != mine) {
                return false;
            }
        }
        return true;
    }
    void unlock() ISTHMUS_RELEASES {
        // Only the holder writes `serving_`, so a plain increment is enough.
        serving_.store(serving_.load(Order::relaxed) + 1, Order::release);
    }

  private:
    Atomic<u32> next_;
    Atomic<u32> serving_;
};

/// Holds a lock for a scope.
class ISTHMUS_SCOPED_LOCK LockGuard {
  public:
    explicit LockGuard(SpinLock& lock) ISTHMUS_ACQUIRES(lock) : lock_(lock) { lock_.lock(); }
    ~LockGuard() ISTHMUS_RELEASES { lock_.unlock(); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

  private:
    SpinLock& lock_;
};

}  // namespace isthmus
