// SPDX-License-Identifier: Apache-2.0
// event_channel_op: what a guest does with its ports. The tree's channels cannot be closed, bound
// anew or reset; what a guest makes itself it can make with itself, and with the domains to which
// the tree gives it a channel.
#include <algorithm>

#include "core/arm/xen/calls_inside.hpp"
#include "core/arm/xen/console_ring.hpp"
#include "core/arm/xen/events.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core::xen {
namespace {

using State = Port::State;

constexpr bool is_one_a_vcpu(u32 virq) {
    constexpr u32 profiler = 7, pmu = 13;
    return virq == virq_timer || virq == virq_debug || virq == profiler || virq == pmu;
}

/// Whether the guest may have channels with the domain beside the tree's.
bool may_reach(const Guest& guest, DomainId peer) {
    if (peer == guest.id) {
        return true;
    }
    for (const dom0less::ChannelEndPlan& end : guest.domain->plan->xen.channels) {
        if (end.peer == peer) {
            return true;
        }
    }
    return false;
}

i64 alloc_unbound(Guest& guest, AllocUnbound& call) {
    if (!names_self(guest, call.domain)) {
        return eperm;
    }
    const DomainId remote = named_domain(guest, call.remote);
    if (!may_reach(guest, remote)) {
        return eperm;
    }
    const LockGuard guard(guest.lock);
    const i64 number = guest.take_port({.state = State::unbound, .peer = remote});
    call.port = number < 0 ? 0 : static_cast<u32>(number);
    return number < 0 ? number : 0;
}

ISTHMUS_UNCHECKED i64 bind_interdomain(Guest& guest, BindInterdomain& call) {
    const DomainId remote = named_domain(guest, call.remote);
    Guest* peer = find_guest(remote);
    if (peer == nullptr) {
        return esrch;
    }
    if (call.remote_port >= port_limit) {
        return einval;
    }
    const GuestLocks guard(guest, *peer);
    Port far = peer->ports[call.remote_port].load();
    if (far.state != State::unbound || far.peer != guest.id) {
        return einval;
    }
    const i64 number = guest.take_port({.state = State::interdomain,
                                        .peer = remote,
                                        .peer_port = static_cast<u16>(call.remote_port)});
    if (number < 0) {
        return number;
    }
    far.state = State::interdomain;
    far.peer_port = static_cast<u16>(number);
    peer->ports[call.remote_port].store(far);
    // What was sent before there was a peer reached nobody: the binder is to look once.
    guest.set_pending(static_cast<u32>(number), 0);
    call.local_port = static_cast<u32>(number);
    return 0;
}

i64 bind_virq(Guest& guest, BindVirq& call) {
    if (call.virq >= virqs || (!is_one_a_vcpu(call.virq) && call.vcpu != 0)) {
        return einval;
    }
    if (call.vcpu >= guest.vcpus.size()) {
        return enoent;
    }
    const LockGuard guard(guest.lock);
    if (guest.has_virq(call.vcpu, call.virq)) {
        return eexist;
    }
    const i64 number = guest.take_port({.state = State::virq,
                                        .vcpu = static_cast<u8>(call.vcpu),
                                        .virq = static_cast<u8>(call.virq)});
    if (number < 0) {
        return number;
    }
    call.port = static_cast<u32>(number);
    if (call.virq == virq_console && guest.domain->plan->is_dom0()) {
        guest.console_virq.store(call.port);
    }
    return 0;
}

i64 bind_ipi(Guest& guest, BindIpi& call) {
    if (call.vcpu >= guest.vcpus.size()) {
        return enoent;
    }
    const LockGuard guard(guest.lock);
    const i64 number = guest.take_port({.state = State::ipi, .vcpu = static_cast<u8>(call.vcpu)});
    call.port = number < 0 ? 0 : static_cast<u32>(number);
    return number < 0 ? number : 0;
}

/// One whose peer has to be told: it is unbound then, and this domain may bind to it again. False:
/// the port is another by now.
ISTHMUS_UNCHECKED bool close_interdomain(Guest& guest, u32 number, Port seen) {
    Guest& peer = *find_guest(seen.peer);
    const GuestLocks guard(guest, peer);
    if (guest.ports[number].load() != seen) {
        return false;
    }
    guest.free_port(number);
    Port far = peer.ports[seen.peer_port].load();
    if (far.leads_to(guest.id, number)) {
        far.state = State::unbound;
        far.peer_port = 0;
        peer.ports[seen.peer_port].store(far);
    }
    return true;
}

bool close_other(Guest& guest, u32 number, Port seen) {
    const LockGuard guard(guest.lock);
    if (guest.ports[number].load() != seen) {
        return false;
    }
    guest.free_port(number);
    return true;
}

/// Closing one of the tree's is no error, and nothing happens: Linux closes what it has not opened
/// so.
i64 close_port(Guest& guest, u32 number) {
    constexpr unsigned tries = 8;  // vCPUs of the guest may change the port again and again
    for (unsigned i = 0; i < tries; ++i) {
        const Port seen = number < port_limit ? guest.ports[number].load() : Port();
        if (seen.state == State::free || seen.state == State::console) {
            return einval;
        }
        if (seen.is_static) {
            return 0;
        }
        if (seen.state == State::interdomain ? close_interdomain(guest, number, seen)
                                             : close_other(guest, number, seen)) {
            return 0;
        }
    }
    return ebusy;
}

}  // namespace

bool close_some(Guest& guest) {
    constexpr u32 at_once = 128;
    u32 first = 0;
    {
        const LockGuard guard(guest.lock);
        first = guest.reset_next;
        guest.reset_next = (first + at_once) % port_limit;
    }
    for (u32 number = first; number < first + at_once; ++number) {
        close_port(guest, number);
    }
    return first + at_once < port_limit;
}

namespace {

i64 bind_vcpu(Guest& guest, const BindVcpu& call) {
    if (call.vcpu >= guest.vcpus.size()) {
        return enoent;
    }
    const LockGuard guard(guest.lock);
    Port port = call.port < port_limit ? guest.ports[call.port].load() : Port();
    const bool is_bound_to_vcpu =
        port.state == State::ipi || (port.state == State::virq && is_one_a_vcpu(port.virq));
    if (port.state == State::free || is_bound_to_vcpu) {
        return einval;
    }
    port.vcpu = static_cast<u8>(call.vcpu);
    guest.ports[call.port].store(port);
    return 0;
}

i64 unmask_port(Guest& guest, u32 number) {
    if (number >= port_limit) {
        return einval;
    }
    const LockGuard guard(guest.lock);
    guest.unmask(number, guest.ports[number].load().vcpu);
    return 0;
}

i64 status(const Guest& guest, PortStatus& call) {
    if (!names_self(guest, call.domain)) {
        return find_guest(static_cast<DomainId>(call.domain)) == nullptr ? esrch : eperm;
    }
    if (call.port >= port_limit) {
        return einval;
    }
    const Port port = guest.ports[call.port].load();
    call.vcpu = port.vcpu;
    call.detail = 0;
    call.peer_port = 0;
    switch (port.state) {
        case State::free:
            call.status = PortStatus::closed;
            break;
        case State::unbound:
            call.status = PortStatus::unbound;
            call.detail = static_cast<u32>(port.peer);
            break;
        case State::interdomain:
            call.status = PortStatus::interdomain;
            call.detail = static_cast<u32>(port.peer);
            call.peer_port = port.peer_port;
            break;
        case State::console:
            call.status = PortStatus::interdomain;
            break;
        case State::ipi:
            call.status = PortStatus::ipi;
            break;
        case State::virq:
            call.status = PortStatus::virq;
            call.detail = port.virq;
            break;
    }
    return 0;
}

}  // namespace

i64 Guest::take_port(Port port) {
    for (u32 number = 1; number < port_limit; ++number) {
        if (ports[number].load().state == State::free) {
            ports[number].store(port);
            return number;
        }
    }
    return enospc;
}

void Guest::free_port(u32 number) {
    if (console_virq.load() == number) {
        console_virq.store(0);
    }
    ports[number].store({});
    clear_pending(number);
}

bool Guest::has_virq(u32 vcpu, u32 virq) const {
    return std::ranges::any_of(ports, [&](const AtomicPort& word) {
        const Port port = word.load();
        return port.state == State::virq && port.virq == virq &&
               (!is_one_a_vcpu(virq) || port.vcpu == vcpu);
    });
}

i64 event_channel_op(Vcpu& vcpu, u32 operation, u64 argument) {
    Guest& guest = *vcpu.domain->xen;
    const Domain& domain = *vcpu.domain;
    switch (operation) {
        case evtchn::bind_interdomain:
            return with_structure<BindInterdomain>(
                domain, argument, [&](auto& call) { return bind_interdomain(guest, call); });
        case evtchn::bind_virq:
            return with_structure<BindVirq>(domain, argument,
                                            [&](auto& call) { return bind_virq(guest, call); });
        case evtchn::close:
            return with_input<u32>(domain, argument,
                                   [&](u32 port) { return close_port(guest, port); });
        case evtchn::status:
            return with_structure<PortStatus>(domain, argument,
                                              [&](auto& call) { return status(guest, call); });
        case evtchn::alloc_unbound:
            return with_structure<AllocUnbound>(
                domain, argument, [&](auto& call) { return alloc_unbound(guest, call); });
        case evtchn::bind_ipi:
            return with_structure<BindIpi>(domain, argument,
                                           [&](auto& call) { return bind_ipi(guest, call); });
        case evtchn::bind_vcpu:
            return with_input<BindVcpu>(domain, argument,
                                        [&](const auto& call) { return bind_vcpu(guest, call); });
        case evtchn::unmask:
            return with_input<u32>(domain, argument,
                                   [&](u32 port) { return unmask_port(guest, port); });
        default:
            return enosys;  // event words (FIFO), too: kernels then take the two-level form
    }
}

i64 send_slowly(Vcpu& vcpu, u64 argument, bool& again) {
    Guest& guest = *vcpu.domain->xen;
    return with_input<u32>(*vcpu.domain, argument, [&](u32 number) {
        const bool is_console =
            number < port_limit && guest.ports[number].load().state == State::console;
        if (!is_console) {
            return send(vcpu, number);
        }
        again = guest.console->take_output(vcpu);
        return i64{0};
    });
}

i64 reset_ports(Vcpu& vcpu, u64 argument, bool& again) {
    Guest& guest = *vcpu.domain->xen;
    return with_input<u16>(*vcpu.domain, argument, [&](u16 named) {
        if (!names_self(guest, named)) {
            return find_guest(static_cast<DomainId>(named)) == nullptr ? esrch : eperm;
        }
        again = close_some(guest);
        return i64{0};
    });
}

}  // namespace isthmus::core::xen
