// SPDX-License-Identifier: Apache-2.0
#include "core/arm/xen/events.hpp"

#include "core/device/doorbells.hpp"
#include "core/domain/domain.hpp"
#include "core/run/per_cpu.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core::xen {
namespace {

/// Each try fails only when somebody else has just written to the word. A guest that keeps it busy
/// on purpose loses its own events, and costs the ringer no more than this.
constexpr unsigned most_tries = 1000;

enum class Before : u8 { clear, set, unknown };

Before set_bit_in(u64& word, u64 bit) {
    u64 value = __atomic_load_n(&word, __ATOMIC_SEQ_CST);
    for (unsigned tries = 0; tries < most_tries; ++tries) {
        if ((value & bit) != 0) {
            return Before::set;
        }
        if (__atomic_compare_exchange_n(&word, &value, value | bit, true, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            return Before::clear;
        }
    }
    return Before::unknown;
}

Before clear_bit_in(u64& word, u64 bit) {
    u64 value = __atomic_load_n(&word, __ATOMIC_SEQ_CST);
    for (unsigned tries = 0; tries < most_tries; ++tries) {
        if ((value & bit) == 0) {
            return Before::clear;
        }
        if (__atomic_compare_exchange_n(&word, &value, value & ~bit, true, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            return Before::set;
        }
    }
    return Before::unknown;
}

bool is_set(const u64& word, u64 bit) {
    return (__atomic_load_n(&word, __ATOMIC_SEQ_CST) & bit) != 0;
}

constexpr u64 bit_of(u32 number) {
    return u64{1} << (number % 64);
}

}  // namespace

/// The guest clears the flag before it looks at what is pending, which is set by now: it is found
/// there, or the flag is found clear here.
[[gnu::always_inline]] inline void Guest::upcall(u32 vcpu, VcpuInfo& info) {
    if (__atomic_load_n(&info.upcall_pending, __ATOMIC_SEQ_CST) == 0) {
        __atomic_store_n(&info.upcall_pending, u8{1}, __ATOMIC_SEQ_CST);
        domain->vgic.raise_event(*domain->vcpus[vcpu].vgic, event_intid);
    }
}

[[gnu::always_inline]] inline void Guest::tell(u32 port, u32 vcpu) {
    VcpuInfo* info = vcpus[vcpu].info;
    if (info != nullptr && set_bit_in(info->pending_words, bit_of(port / 64)) != Before::set) {
        upcall(vcpu, *info);
    }
}

void Guest::tell_all(u32 vcpu) {
    if (VcpuInfo* info = vcpus[vcpu].info) {
        __atomic_store_n(&info->pending_words, ~u64{0}, __ATOMIC_SEQ_CST);
        upcall(vcpu, *info);
    }
}

void Guest::stop_polling(GuestVcpu& waiter) {
    if (waiter.polls != GuestVcpu::no_port) {
        waiter.polls = GuestVcpu::no_port;
        pollers.fetch_sub(1);
    }
}

/// Those that sleep for this port are woken, also where it is masked.
[[gnu::noinline]] void Guest::wake_pollers(u32 port) {
    for (Vcpu& vcpu : domain->vcpus) {
        GuestVcpu& waiter = vcpus[vcpu.id];
        if (waiter.polls == port || waiter.polls == GuestVcpu::any_port) {
            stop_polling(waiter);
            Vgic::wake(*vcpu.vgic);
        }
    }
}

void Guest::set_pending(u32 port, u32 vcpu) {
    if (is_over) {
        return;
    }
    if (shared == nullptr) [[unlikely]] {
        early[port / 64] |= bit_of(port);
    } else if (set_bit_in(shared->pending[port / 64], bit_of(port)) == Before::set) {
        return;
    }
    if (pollers.load() != 0) [[unlikely]] {
        wake_pollers(port);
    }
    if (shared != nullptr && !is_set(shared->mask[port / 64], bit_of(port))) {
        tell(port, vcpu);
    }
}

bool Guest::is_pending(u32 port) const {
    const auto& words = shared == nullptr ? early : shared->pending;
    return is_set(words[port / 64], bit_of(port));
}

/// Nobody waits for events that nothing can tell.
bool Guest::is_masked(u32 port) const {
    return shared == nullptr || is_set(shared->mask[port / 64], bit_of(port));
}

void Guest::clear_pending(u32 port) {
    auto& words = shared == nullptr ? early : shared->pending;
    clear_bit_in(words[port / 64], bit_of(port));
}

void Guest::unmask(u32 port, u32 vcpu) {
    if (shared != nullptr && clear_bit_in(shared->mask[port / 64], bit_of(port)) != Before::clear &&
        is_pending(port)) {
        tell(port, vcpu);
    }
}

namespace {

/// The tree's ports never lead elsewhere, but which vCPU of the peer is told the peer says.
[[gnu::always_inline]] inline void deliver(const ChannelBell& bell) {
    Guest& to = *bell.peer;
    const LockGuard guard(to.lock);
    to.set_pending(bell.peer_port, to.ports[bell.peer_port].load().vcpu);
}

/// The budget lets it through by now. On the CPU of the vCPU that rang.
void fire_ring(SoftTimer&, void* context) {
    auto& bell = *static_cast<ChannelBell*>(context);
    const Interruption interruption(this_cpu(), *bell.ringer);
    bell.budget.release(arch::counter());
    deliver(bell);
}

[[gnu::noinline]] void hold_back(ChannelBell& bell, Vcpu& ringer) {
    bell.ringer = &ringer;
    arm_timer(bell.timer, bell.budget.due());
}

}  // namespace

void prepare_bell(ChannelBell& bell) {
    bell.budget.init(ring_period(*bell.peer->domain->plan), ring_burst);
    bell.timer.fire = fire_ring;
    bell.timer.context = &bell;
}

i64 send(Vcpu& ringer, u32 number) {
    Guest& from = *ringer.domain->xen;
    if (number >= port_limit) {
        return einval;
    }
    const Port port = from.ports[number].load();
    if (port.is_static && port.state == Port::State::interdomain) [[likely]] {
        ChannelBell& bell = from.bells[port.bell];
        const RingBudget::Verdict verdict = bell.budget.ring(arch::counter());
        if (verdict == RingBudget::Verdict::now) [[likely]] {
            deliver(bell);
        } else if (verdict == RingBudget::Verdict::later) {
            hold_back(bell, ringer);
        }
        return 0;
    }
    if (port.state == Port::State::interdomain) {
        Guest& to = *find_guest(port.peer);
        const LockGuard guard(to.lock);
        // Closed or bound anew since it was looked at here: the event is for nobody then.
        const Port far = to.ports[port.peer_port].load();
        if (far.leads_to(from.id, number)) [[likely]] {
            to.set_pending(port.peer_port, far.vcpu);
        }
        return 0;
    }
    if (port.state == Port::State::ipi) {
        const LockGuard guard(from.lock);
        if (from.ports[number].load() == port) {  // another vCPU may have closed it
            from.set_pending(number, port.vcpu);
        }
        return 0;
    }
    return port.state == Port::State::unbound ? 0 : einval;
}

void raise_console_virq(Guest& guest) {
    if (guest.console_virq.load() == 0) {
        return;
    }
    const LockGuard guard(guest.lock);
    if (const u32 port = guest.console_virq.load(); port != 0) {  // the guest may close it
        guest.set_pending(port, guest.ports[port].load().vcpu);
    }
}

}  // namespace isthmus::core::xen
