// SPDX-License-Identifier: Apache-2.0
// Pages of a guest's own RAM that it has named to Isthmus: shown in Isthmus's map, at their usual
// place there, from the call that names them until they are forgotten. Several things may lie in
// one page.
#pragma once

#include <span>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"

namespace isthmus::core {

struct Domain;

namespace xen {

struct ShownPage {
    HostAddress host;
    u32 uses = 0;  ///< 0: the place is free
};

/// What stands in a shown page, aligned as its type asks.
template <class T>
T* object_at(std::byte* place) {
    return static_cast<T*>(static_cast<void*>(place));
}

/// Guarded by the lock of whoever has it.
class ShownPages {
  public:
    constexpr ShownPages() = default;

    /// `places`: one for each page at the same time.
    explicit ShownPages(std::span<ShownPage> places) : places_(places) {}
    /// The page's first byte. Errors: out_of_range, not_mapped, denied (it is none of the domain's
    /// private RAM), out_of_memory.
    Result<std::byte*> show(const Domain& domain, GuestAddress page);
    /// One use, of a page that show() has given, ends.
    void release(const std::byte* page);
    /// The next page is forgotten, however many uses it has; false: there is none.
    bool forget_one();

  private:
    std::span<ShownPage> places_;
};

}  // namespace xen
}  // namespace isthmus::core
