// SPDX-License-Identifier: Apache-2.0
// An address knows its space. Host, guest and hypervisor addresses are different types, so one
// cannot be handed where another is meant; crossing spaces is a named call that can be searched
// for.
#pragma once

#include <compare>

#include "isthmus/types.hpp"
#include "isthmus/units.hpp"

namespace isthmus {

/// An address in one address space. The difference of two addresses is a size in bytes.
template <class Space>
class Address {
  public:
    constexpr Address() = default;
    constexpr explicit Address(u64 raw) : raw_(raw) {}

    constexpr u64 raw() const { return raw_; }
    constexpr bool is_aligned(u64 alignment) const { return isthmus::is_aligned(raw_, alignment); }
    constexpr Address align_down(u64 alignment) const {
        return Address(isthmus::align_down(raw_, alignment));
    }

    constexpr auto operator<=>(const Address&) const = default;

    friend constexpr Address operator+(Address base, u64 offset) {
        return Address(base.raw_ + offset);
    }
    friend constexpr Address operator-(Address base, u64 offset) {
        return Address(base.raw_ - offset);
    }
    friend constexpr u64 operator-(Address left, Address right) { return left.raw_ - right.raw_; }
    constexpr Address& operator+=(u64 offset) {
        raw_ += offset;
        return *this;
    }

  private:
    u64 raw_ = 0;
};

/// Physical addresses of the machine (PA).
using HostAddress = Address<struct HostSpace>;
/// Intermediate physical addresses, as one domain sees them (IPA).
using GuestAddress = Address<struct GuestSpace>;
/// Virtual addresses of Isthmus itself at EL2.
using HypAddress = Address<struct HypSpace>;

}  // namespace isthmus
