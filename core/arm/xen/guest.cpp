// SPDX-License-Identifier: Apache-2.0
#include "core/arm/xen/guest.hpp"

#include "core/arm/xen/console_ring.hpp"
#include "core/arm/xen/events.hpp"
#include "core/arm/xen/sched_op.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core::xen {
namespace {

/// By the domain's number.
constinit std::array<Guest*, limits::domains + 1> guests{};

/// shared_info, the console's ring, and for each vCPU its vcpu_info and a runstate area, which may
/// cross a page's end.
constexpr usize pages_of(usize vcpus) {
    return 2 + 3 * vcpus;
}

void open_channels(Guest& guest, const dom0less::XenPlan& plan) {
    for (usize number = 0; number < plan.channels.size(); ++number) {
        const dom0less::ChannelEndPlan& end = plan.channels[number];
        guest.ports[end.port].store({.state = Port::State::interdomain,
                                     .is_static = true,
                                     .peer = end.peer,
                                     .peer_port = static_cast<u16>(end.peer_port),
                                     .bell = static_cast<u16>(number)});
    }
    if (plan.console_port != 0) {
        guest.ports[plan.console_port].store({.state = Port::State::console, .is_static = true});
    }
}

}  // namespace

Result<void> make_guest(Domain& domain) {
    const dom0less::XenPlan& plan = domain.plan->xen;
    if (plan.interface == dom0less::XenInterface::none) {
        return {};
    }
    Guest& guest = ISTHMUS_TRY(allocate_objects<Guest>(1))[0];
    guest.domain = &domain;
    guest.id = domain.plan->id;
    guest.console_port = plan.console_port;
    guest.ports = ISTHMUS_TRY(allocate_objects<AtomicPort>(port_limit));
    guest.bells = ISTHMUS_TRY(allocate_objects<ChannelBell>(plan.channels.size()));
    guest.vcpus = ISTHMUS_TRY(allocate_objects<GuestVcpu>(domain.vcpus.size()));
    const auto places = ISTHMUS_TRY(allocate_objects<ShownPage>(pages_of(domain.vcpus.size())));
    {
        const LockGuard guard(guest.lock);
        guest.pages = ShownPages(places);
    }
    for (Vcpu& vcpu : domain.vcpus) {
        prepare_timers(guest, vcpu);
    }
    open_channels(guest, plan);
    ISTHMUS_TRY(make_console(guest));
    domain.console.tell_typed([](void* to) { raise_console_virq(*static_cast<Guest*>(to)); },
                              &guest);
    guests[static_cast<usize>(domain.plan->id)] = &guest;
    domain.xen = &guest;
    return {};
}

void connect_channels(Domain& domain) {
    if (domain.xen == nullptr) {
        return;
    }
    const std::span<const dom0less::ChannelEndPlan> ends = domain.plan->xen.channels;
    for (usize number = 0; number < ends.size(); ++number) {
        Guest* peer = find_guest(ends[number].peer);
        check(peer != nullptr, "an event channel's peer is not planned");
        ChannelBell& bell = domain.xen->bells[number];
        bell.peer = peer;
        bell.peer_port = ends[number].peer_port;
        prepare_bell(bell);
    }
}

Guest* find_guest(DomainId id) {
    const auto number = static_cast<usize>(id);
    return number < guests.size() ? guests[number] : nullptr;
}

void end_guest(Domain& domain) {
    if (domain.xen == nullptr) {
        return;
    }
    Guest& guest = *domain.xen;
    if (guest.console != nullptr) {
        guest.console->close();
    }
    const LockGuard guard(guest.lock);
    guest.is_over = true;
    guest.shared = nullptr;
    for (GuestVcpu& vcpu : guest.vcpus) {
        vcpu.info = nullptr;
        vcpu.runstate = {};
    }
}

bool forget_page(Domain& domain) {
    if (domain.xen == nullptr) {
        return false;
    }
    const LockGuard guard(domain.xen->lock);
    return domain.xen->pages.forget_one();
}

bool reset_guest(Domain& domain) {
    if (domain.xen == nullptr) {
        return false;
    }
    Guest& guest = *domain.xen;
    if (close_some(guest)) {
        return true;
    }
    if (guest.console != nullptr) {
        guest.console->reopen();
    }
    guest.console_virq.store(0);
    guest.writes_update_flag.store(0);
    guest.pollers.store(0);
    for (Atomic<u64>& time : guest.watchdog_times) {
        time.store(0);
    }
    for (Vcpu& vcpu : domain.vcpus) {
        vcpu.tells_runstate.store(0);
    }
    const LockGuard guard(guest.lock);
    for (GuestVcpu& vcpu : guest.vcpus) {
        vcpu.has_own_info = false;
        vcpu.polls = GuestVcpu::no_port;
    }
    guest.early = {};
    open_channels(guest, domain.plan->xen);  // which vCPU is told is as at first, too
    guest.is_over = false;
    return false;
}

void vcpu_starts(Vcpu& vcpu) {
    if (Guest* guest = vcpu.domain->xen) {
        const LockGuard guard(guest->lock);
        const VcpuInfo* info = guest->vcpus[vcpu.id].info;
        if (info != nullptr && __atomic_load_n(&info->upcall_pending, __ATOMIC_SEQ_CST) != 0) {
            vcpu.domain->vgic.raise_event(*vcpu.vgic, event_intid);
        }
    }
}

ISTHMUS_UNCHECKED GuestLocks::GuestLocks(Guest& one, Guest& other)
    : first_(one.id <= other.id ? one : other), second_(one.id <= other.id ? other : one) {
    first_.lock.lock();
    if (&second_ != &first_) {
        second_.lock.lock();
    }
}

ISTHMUS_UNCHECKED GuestLocks::~GuestLocks() {
    if (&second_ != &first_) {
        second_.lock.unlock();
    }
    first_.lock.unlock();
}

}  // namespace isthmus::core::xen
