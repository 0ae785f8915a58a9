// SPDX-License-Identifier: Apache-2.0
// The hypercalls behind the dispatch of calls.cpp, a file each, and what they share. All act for
// the vCPU that runs on this CPU, whose domain has Xen's interface; their result goes into x0.
#pragma once

#include "core/arm/guest_memory.hpp"
#include "core/arm/xen/abi.hpp"
#include "core/arm/xen/calls.hpp"
#include "core/arm/xen/guest.hpp"

namespace isthmus::core::xen {

i64 xen_version(Vcpu& vcpu, u32 command, u64 argument);
i64 memory_op(Vcpu& vcpu, u32 command, u64 argument);
i64 vcpu_op(Vcpu& vcpu, u32 command, u32 number, u64 argument);
i64 hvm_op(Vcpu& vcpu, u32 command, u64 argument);
i64 vm_assist(Vcpu& vcpu, u32 command, u32 type);
/// All but EVTCHNOP_send and EVTCHNOP_reset.
i64 event_channel_op(Vcpu& vcpu, u32 operation, u64 argument);
/// `again` is set when a piece is done, and the call is to come again for the rest.
i64 send_slowly(Vcpu& vcpu, u64 argument, bool& again);
i64 reset_ports(Vcpu& vcpu, u64 argument, bool& again);

/// x0 is the result; what the vCPU does then.
XenCall sched_op(Vcpu& vcpu, arch::GuestRegisters& registers);
XenCall console_io(Vcpu& vcpu, arch::GuestRegisters& registers);

/// The guest names itself: as DOMID_SELF or by its number.
bool names_self(const Guest& guest, u16 domain);
DomainId named_domain(const Guest& guest, u16 domain);

template <class T>
std::span<std::byte> bytes_of(T& object) {
    return std::as_writable_bytes(std::span(&object, 1));
}

/// A structure that a guest's virtual address leads to, read once: `act(structure)` is the result.
template <class T, class Act>
i64 with_input(const Domain& domain, u64 address, Act act) {
    T structure{};
    if (!read_guest(domain, address, bytes_of(structure))) {
        return efault;
    }
    return act(structure);
}

/// The same of one that goes back with what `act` has set in it, when that is no error. Nothing is
/// done where it could not.
template <class T, class Act>
i64 with_structure(const Domain& domain, u64 address, Act act) {
    T structure{};
    if (!read_guest(domain, address, bytes_of(structure)) ||
        !check_writable(domain, address, sizeof(T))) {
        return efault;
    }
    const i64 result = act(structure);
    if (result >= 0 && !write_guest(domain, address, bytes_of(structure))) {
        return efault;
    }
    return result;
}

}  // namespace isthmus::core::xen
