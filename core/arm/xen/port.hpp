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

#include "isthmus/atomic.hpp"
#include "isthmus/bits.hpp"
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
    u16 bell = 0;  ///< of a channel of the tree: its place in Guest::bells

    bool operator==(const Port&) const = default;
    /// The peer's end, seen from there, is this one.
    bool leads_to(DomainId domain, u32 port) const {
        return state == State::interdomain && peer == domain && peer_port == port;
    }
};

/// Written under the lock of its domain's events, read by any CPU.
class AtomicPort {
  public:
    constexpr AtomicPort() = default;

    Port load() const { return unpacked(word_.load(Order::relaxed)); }
    void store(Port port) { word_.store(packed(port)); }

  private:
    using State = BitField<0, 3>;
    using Static = BitField<3, 1>;
    using PeerPort = BitField<4, 12>;
    using Bell = BitField<16, 12>;
    using TheVcpu = BitField<32, 8>;
    using Virq = BitField<40, 8>;
    using Peer = BitField<48, 16>;

    /// By shifts: the fields then stay in registers.
    static constexpr Port unpacked(u64 word) {
        return {static_cast<Port::State>(State::get(word)), Static::get(word) != 0,
                static_cast<u8>(TheVcpu::get(word)),        static_cast<u8>(Virq::get(word)),
                static_cast<DomainId>(Peer::get(word)),     static_cast<u16>(PeerPort::get(word)),
                static_cast<u16>(Bell::get(word))};
    }
    static constexpr u64 packed(Port port) {
        return State::of(static_cast<u64>(port.state)) | Static::of(port.is_static ? 1 : 0) |
               TheVcpu::of(port.vcpu) | Virq::of(port.virq) |
               Peer::of(static_cast<u64>(port.peer)) | PeerPort::of(port.peer_port) |
               Bell::of(port.bell);
    }

    Atomic<u64> word_{packed(Port())};
};

}  // namespace isthmus::core::xen
