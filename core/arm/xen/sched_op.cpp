// SPDX-License-Identifier: Apache-2.0
// sched_op: the guest sleeps, or ends.
#include "core/arm/xen/sched_op.hpp"

#include <algorithm>

#include "core/arm/xen/calls_inside.hpp"
#include "core/arm/xen/events.hpp"
#include "core/domain/domain.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/run/scheduler.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core::xen {
namespace {

/// As many ports as one poll may name.
constexpr u32 most_polled = 128;

XenCall answered(arch::GuestRegisters& registers, i64 result) {
    registers.x[0] = static_cast<u64>(result);
    return XenCall::done;
}

XenCall after(TrapResult result) {
    return result == TrapResult::blocked ? XenCall::blocked : XenCall::done;
}

/// The same as on Xen: it can be told of events while it sleeps.
XenCall block(Vcpu& vcpu, arch::GuestRegisters& registers) {
    Guest& guest = *vcpu.domain->xen;
    registers.x[0] = 0;
    {
        const LockGuard guard(guest.lock);
        if (VcpuInfo* info = guest.vcpus[vcpu.id].info) {
            __atomic_store_n(&info->mask_and_padding[0], u8{0}, __ATOMIC_SEQ_CST);
        }
    }
    return after(sleep_until_interrupt(vcpu));
}

i64 stop(Domain& domain, u32 reason) {
    switch (reason) {
        case sched::reason_poweroff:
            stop_domain(domain, StopReason::power_off);
            return 0;
        case sched::reason_reboot:
        case sched::reason_soft_reset:
            stop_domain(domain, StopReason::reset);
            return 0;
        case sched::reason_suspend:
            stop_domain(domain, StopReason::suspend);
            return 0;
        case sched::reason_crash:
            stop_domain(domain, StopReason::crash);
            return 0;
        case sched::reason_watchdog:
            stop_domain(domain, StopReason::watchdog);
            return 0;
        default:
            return einval;
    }
}

XenCall shutdown(Vcpu& vcpu, arch::GuestRegisters& registers) {
    const i64 result = with_input<u32>(*vcpu.domain, registers.x[1],
                                       [&](u32 reason) { return stop(*vcpu.domain, reason); });
    answered(registers, result);
    return result == 0 ? XenCall::stopped : XenCall::done;
}

/// Whether each is a port.
bool are_ports(std::span<const u32> ports) {
    return std::ranges::all_of(ports, [](u32 port) { return port != 0 && port < port_limit; });
}

/// From here on a ring wakes it: under the lock, so that none comes between the look and the sleep.
XenCall sleep_for(Vcpu& vcpu, arch::GuestRegisters& registers, std::span<const u32> ports,
                  u64 timeout) {
    Guest& guest = *vcpu.domain->xen;
    GuestVcpu& waiter = guest.vcpus[vcpu.id];
    const u64 end = timeout == 0 ? ~u64{0} : ticks_of(timeout);
    const LockGuard guard(guest.lock);
    guest.stop_polling(waiter);  // an interrupt woke it from an earlier one
    for (const u32 port : ports) {
        if (guest.is_pending(port)) {
            return answered(registers, 0);
        }
    }
    if (end <= arch::counter()) {
        return answered(registers, 0);
    }
    if (end != ~u64{0}) {
        arm_timer(waiter.poll_end, end);
    }
    waiter.polls = ports.size() == 1 ? ports[0] : GuestVcpu::any_port;
    guest.pollers.fetch_add(1);
    const XenCall result = after(sleep_until_interrupt(vcpu));
    if (result == XenCall::done) {
        guest.stop_polling(waiter);
    }
    registers.x[0] = 0;
    return result;
}

XenCall poll(Vcpu& vcpu, arch::GuestRegisters& registers) {
    Poll call;
    std::array<u32, most_polled> ports;
    if (!read_guest(*vcpu.domain, registers.x[1], bytes_of(call))) {
        return answered(registers, efault);
    }
    if (call.count > most_polled) {
        return answered(registers, einval);
    }
    const auto named = std::span(ports).first(call.count);
    if (!read_guest(*vcpu.domain, call.ports, std::as_writable_bytes(named))) {
        return answered(registers, efault);
    }
    return are_ports(named) ? sleep_for(vcpu, registers, named, call.timeout)
                            : answered(registers, einval);
}

/// Its time is the domain's; the timer is that of the vCPU which has set it last, and looks at the
/// time again when it fires.
void set_watchdog(Guest& guest, GuestVcpu& vcpu, u32 index, u32 seconds) {
    if (seconds == 0) {
        guest.watchdog_times[index].store(0);
        disarm_timer(vcpu.watchdog_ends[index]);
        return;
    }
    const u64 end = arch::counter() + seconds * arch::counter_frequency();
    guest.watchdog_times[index].store(end);
    arm_timer(vcpu.watchdog_ends[index], end);
}

/// A number of 1 or 2; 0 takes a free one. On Xen as here: setting one that is off is an error.
i64 watchdog(Vcpu& vcpu, const Watchdog& call) {
    Guest& guest = *vcpu.domain->xen;
    GuestVcpu& state = guest.vcpus[vcpu.id];
    const LockGuard guard(guest.lock);
    if (call.id > watchdogs) {
        return einval;
    }
    if (call.id != 0) {
        if (guest.watchdog_times[call.id - 1].load() == 0) {
            return einval;
        }
        set_watchdog(guest, state, call.id - 1, call.timeout);
        return 0;
    }
    for (u32 index = 0; call.timeout != 0 && index < watchdogs; ++index) {
        if (guest.watchdog_times[index].load() == 0) {
            set_watchdog(guest, state, index, call.timeout);
            return index + 1;
        }
    }
    return call.timeout == 0 ? einval : enospc;
}

void fire_poll_end(SoftTimer&, void* context) {
    auto& vcpu = *static_cast<Vcpu*>(context);
    Vgic::wake(*vcpu.vgic);
}

/// One has not been set again in time.
void fire_watchdog(SoftTimer&, void* context) {
    const auto& vcpu = *static_cast<const Vcpu*>(context);
    const u64 now = arch::counter();
    for (const Atomic<u64>& time : vcpu.domain->xen->watchdog_times) {
        const u64 end = time.load();
        if (end != 0 && end <= now) {
            stop_domain(*vcpu.domain, StopReason::watchdog);
        }
    }
}

}  // namespace

void prepare_timers(Guest& guest, Vcpu& vcpu) {
    GuestVcpu& state = guest.vcpus[vcpu.id];
    state.poll_end.fire = fire_poll_end;
    state.poll_end.context = &vcpu;
    for (SoftTimer& timer : state.watchdog_ends) {
        timer.fire = fire_watchdog;
        timer.context = &vcpu;
    }
}

XenCall sched_op(Vcpu& vcpu, arch::GuestRegisters& registers) {
    switch (static_cast<u32>(registers.x[0])) {
        case sched::yield:
            return answered(registers, 0);
        case sched::block:
            return block(vcpu, registers);
        case sched::shutdown:
            return shutdown(vcpu, registers);
        case sched::poll:
            return poll(vcpu, registers);
        case sched::watchdog:
            return answered(registers, with_input<Watchdog>(*vcpu.domain, registers.x[1],
                                                            [&](const Watchdog& call) {
                                                                return watchdog(vcpu, call);
                                                            }));
        default:
            return answered(registers, enosys);
    }
}

}  // namespace isthmus::core::xen
