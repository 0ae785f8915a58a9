// SPDX-License-Identifier: Apache-2.0
#include "core/arm/xen/calls.hpp"

#include "core/arm/xen/calls_inside.hpp"
#include "core/arm/xen/events.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core {
namespace xen {

bool names_self(const Guest& guest, u16 domain) {
    return named_domain(guest, domain) == guest.id;
}

DomainId named_domain(const Guest& guest, u16 domain) {
    return domain == domid_self ? guest.id : static_cast<DomainId>(domain);
}

namespace {

constexpr u64 word(i64 result) {
    return static_cast<u64>(result);
}

/// Commands are ints: their upper halves mean nothing.
constexpr u32 half(u64 argument) {
    return static_cast<u32>(argument);
}

/// EVTCHNOP_send, but for the console's port, and where the argument is not easily read. False:
/// that it is. Out of line, so that other calls stay short.
[[gnu::noinline]] bool try_send(Vcpu& vcpu, arch::GuestRegisters& registers) {
    u32 port = 0;
    if (!peek_guest_word(registers.x[1], port) || port == vcpu.domain->xen->console_port)
        [[unlikely]] {
        return false;  // 0 is no port; the long way says so
    }
    registers.x[0] = word(send(vcpu, port));
    return true;
}

/// All that neither waits nor goes on in pieces. False: it does.
[[gnu::noinline]] bool answer_further(Vcpu& vcpu, arch::GuestRegisters& registers) {
    auto& x = registers.x;
    switch (x[16]) {
        case call::memory_op:
            x[0] = word(memory_op(vcpu, half(x[0]), x[1]));
            return true;
        case call::xen_version:
            x[0] = word(xen_version(vcpu, half(x[0]), x[1]));
            return true;
        case call::vm_assist:
            x[0] = word(vm_assist(vcpu, half(x[0]), half(x[1])));
            return true;
        case call::vcpu_op:
            x[0] = word(vcpu_op(vcpu, half(x[0]), half(x[1]), x[2]));
            return true;
        case call::event_channel_op:
            if (half(x[0]) == evtchn::reset) {
                return false;
            }
            x[0] = word(event_channel_op(vcpu, half(x[0]), x[1]));
            return true;
        case call::hvm_op:
            x[0] = word(hvm_op(vcpu, half(x[0]), x[1]));
            return true;
        case call::sched_op:
        case call::console_io:
            return false;
        default:
            x[0] = word(enosys);
            return true;
    }
}

/// EVTCHNOP_reset, and EVTCHNOP_send of the console's port: x0 stays the operation until the last
/// piece.
XenCall event_channel_pieces(Vcpu& vcpu, arch::GuestRegisters& registers) {
    auto& x = registers.x;
    bool again = false;
    const i64 result = half(x[0]) == evtchn::reset ? reset_ports(vcpu, x[1], again)
                                                   : send_slowly(vcpu, x[1], again);
    if (again) {
        return XenCall::again;
    }
    x[0] = word(result);
    return XenCall::done;
}

}  // namespace
}  // namespace xen

u64 try_xen_call(Vcpu& vcpu, arch::GuestRegisters& registers) {
    if (vcpu.domain->xen == nullptr) {
        if (registers.x[16] == xen::call::console_io) {
            return 0;
        }
        registers.x[0] = xen::word(xen::enosys);
        return 1;
    }
    if (registers.x[16] == xen::call::event_channel_op &&
        xen::half(registers.x[0]) == xen::evtchn::send) [[likely]] {
        return xen::try_send(vcpu, registers) ? 1 : 0;
    }
    return xen::answer_further(vcpu, registers) ? 1 : 0;
}

XenCall serve_xen_call(Vcpu& vcpu, arch::GuestRegisters& registers) {
    switch (registers.x[16]) {
        case xen::call::console_io:
            return xen::console_io(vcpu, registers);
        case xen::call::sched_op:
            return xen::sched_op(vcpu, registers);
        case xen::call::event_channel_op:
            return xen::event_channel_pieces(vcpu, registers);
        default:
            registers.x[0] = xen::word(xen::enosys);
            return XenCall::done;
    }
}

}  // namespace isthmus::core
