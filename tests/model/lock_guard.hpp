// SPDX-License-Identifier: Apache-2.0
// What a model's own isthmus/spinlock.hpp has in common with every other: included behind its
// SpinLock. clang's annotations say nothing here.
#pragma once

#define ISTHMUS_GUARDED_BY(lock)
#define ISTHMUS_REQUIRES(lock)
#define ISTHMUS_SCOPED_LOCK
#define ISTHMUS_ACQUIRES(...)
#define ISTHMUS_TRIES_TO_ACQUIRE
#define ISTHMUS_RELEASES
#define ISTHMUS_UNCHECKED

namespace isthmus {

class LockGuard {
  public:
    explicit LockGuard(SpinLock& lock) : lock_(lock) { lock_.lock(); }
    ~LockGuard() { lock_.unlock(); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

  private:
    SpinLock& lock_;
};

}  // namespace isthmus
