// SPDX-License-Identifier: Apache-2.0
// One port of a domain: an end of an event channel. Its whole state is one word, so that any CPU
// sees it whole without a lock, and a ring needs none on the ringer's side.
//
//                  alloc_unbound              the peer binds
//          free ──────────────────▶ unbound ─────────────────▶ interdomain
//           │ ▲                        ▲    the peer closes         │
//           │ └────── close ──────────┬┴────────────────────────────┘
//           └── bind_ipi, bind_virq ──┴─▶ ipi, virq
//
// Ports of the tree's channels, and that of the console, are interdomain and console for good.
#pragma once

#include <bit>

#include "isthmus/atomic.hpp"
#include "isthmus/domain_id.hpp"

namespace isthmus::core::xen {

struct Port {
    enum class State : u8 { free, unbound, interdomain, ipi, virq, console };

    State state = State::free;
    bool is_static = false;  ///< the tree's: it cannot be closed
    u8 vcpu = 0;             ///< that is told of its events
    u8 virq = 0;
    DomainId peer = DomainId::none;  ///< unbound: who may bind to it
    u16 peer_port = 0;

    bool operator==(const Port&) const = default;
    /// The peer's end, seen from there, is this one.
    bool leads_to(DomainId domain, u32 port) const {
        return state == State::interdomain && peer == domain && peer_port == port;
    }
};
static_assert(sizeof(Port) == sizeof(u64));

/// Written under the lock of its domain's events, read by any CPU.
class AtomicPort {
  public:
    constexpr AtomicPort() = default;

    Port load() const { return std::bit_cast<Port>(word_.load(Order::relaxed)); }
    void store(Port port) { word_.store(std::bit_cast<u64>(port)); }

  private:
    Atomic<u64> word_{std::bit_cast<u64>(Port())};
};

}  // namespace isthmus::core::xen
