// SPDX-License-Identifier: Apache-2.0
// Included before all else: tables are written by relaxed atomic stores, and the machine sees each.
#pragma once

namespace isthmus::test {
void note_store(unsigned long* at, unsigned long value);

template <class T, class Value>
inline void atomic_store(T* at, Value value, int order) {
    if constexpr (sizeof(T) == sizeof(unsigned long)) {
        if (order == __ATOMIC_RELAXED) {
            note_store(reinterpret_cast<unsigned long*>(at), static_cast<unsigned long>(value));
            return;
        }
    }
    T stored = static_cast<T>(value);
    __atomic_store(at, &stored, order);
}
}  // namespace isthmus::test

#define __atomic_store_n(at, value, order) ::isthmus::test::atomic_store((at), (value), (order))
