// SPDX-License-Identifier: Apache-2.0
// A global that is made once during boot, when what it needs is there. No static constructor, no
// destructor.
#pragma once

#include <new>
#include <utility>

#include "isthmus/panic.hpp"

namespace isthmus {

template <class T>
class Late {
  public:
    constexpr Late() : nothing_() {}
    constexpr ~Late() {}
    Late(const Late&) = delete;
    Late& operator=(const Late&) = delete;

    template <class... Args>
    T& make(Args&&... args) {
        check(!made_, "made twice");
        made_ = true;
        return *new (&value_) T(std::forward<Args>(args)...);
    }
    bool made() const { return made_; }
    T& operator*() {
        check(made_, "used before boot made it");
        return value_;
    }
    T* operator->() { return &**this; }

  private:
    union {
        char nothing_;
        T value_;
    };
    bool made_ = false;
};

}  // namespace isthmus
