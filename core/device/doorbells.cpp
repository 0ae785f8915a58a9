// SPDX-License-Identifier: Apache-2.0
#include "core/device/doorbells.hpp"

#include <array>

#include "core/device/gpio.hpp"
#include "core/device/statistics.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/ring_budget.hpp"
#include "core/run/turn.hpp"
#include "dom0less/memory/budget.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core {

/// One by which its domain rings a peer. What stands here is the ringer's; the rung guest's side is
/// its own Doorbells::rung, vGIC and GPIO block.
struct Doorbell {
    // Fixed before guests run.
    Doorbells* peer = nullptr;
    Gpio* peer_gpio = nullptr;  ///< its block that shows this ring
    u64 peer_bit = 0;           ///< in Doorbells::rung
    u32 peer_intid = 0;
    u32 peer_line = 0;  ///< of `peer_gpio`, as a bit
    bool keep_when_off = true;

    RingBudget budget;
    // Of the ring that waits: whoever got the verdict `later` has them until it releases that.
    SoftTimer timer;
    Vcpu* ringer = nullptr;

    Atomic<u64> rings;
    Atomic<u64> coalesced;
    Atomic<u64> delayed;
    Atomic<u64> off;
};

namespace {

void count(Atomic<u64>& counter) {
    counter.fetch_add(1, Order::relaxed);  // nothing is read by it but the number
}

}  // namespace

struct Doorbells {
    Domain* domain = nullptr;
    std::span<Doorbell> bells;
    usize silent = 0;  ///< so many of them are rung without a trace: all, or none
    Atomic<u64> rung;  ///< a bit for each of `bells` whose peer rang
    std::array<Gpio*, align_up(limits::doorbells, bells_in_gpio_block) / bells_in_gpio_block>
        blocks{};
};
static_assert(2 * (sizeof(Doorbells) + limits::doorbells * sizeof(Doorbell)) <=
              dom0less::heap_cost::doorbells);
static_assert(limits::doorbells <= 63, "DOORBELL_TAKE answers in one word, and all ones say no");

namespace {

/// Whether a ring reaches a peer that is off.
[[gnu::noinline, gnu::cold]] bool is_kept(Doorbell& bell) {
    count(bell.off);
    return bell.keep_when_off;
}

/// The peer sees it from now on. False: one before it was not yet seen.
[[gnu::always_inline]] inline bool raise(Doorbell& bell) {
    Doorbells& peer = *bell.peer;
    bool seen = (peer.rung.fetch_or(bell.peer_bit) & bell.peer_bit) == 0;
    if (bell.peer_gpio != nullptr) {
        seen = bell.peer_gpio->pulse(bell.peer_line) || seen;
    }
    peer.domain->vgic.raise_shared(bell.peer_intid);
    return seen;
}

[[gnu::always_inline]] inline void deliver(Doorbell& bell) {
    if (!bell.peer->domain->is_running() && !is_kept(bell)) [[unlikely]] {
        return;
    }
    if (!raise(bell)) {
        count(bell.coalesced);
    }
}

/// The budget lets it through by now. On the CPU of the vCPU that rang.
void fire_ring(SoftTimer&, void* context) {
    auto& bell = *static_cast<Doorbell*>(context);
    const Interruption interruption(this_cpu(), *bell.ringer);
    bell.budget.release(arch::counter());
    deliver(bell);
}

[[gnu::noinline]] void hold_back(Doorbell& bell, Vcpu& ringer, RingBudget::Verdict verdict) {
    if (verdict == RingBudget::Verdict::merged) {
        count(bell.coalesced);
        return;
    }
    count(bell.delayed);
    bell.ringer = &ringer;
    arm_timer(bell.timer, bell.budget.due());
}

}  // namespace

Result<void> make_doorbells(Domain& domain) {
    const auto& planned = domain.plan->doorbells;
    if (planned.empty()) {
        return {};
    }
    domain.doorbells = &ISTHMUS_TRY(allocate_objects<Doorbells>(1))[0];
    domain.doorbells->domain = &domain;
    domain.doorbells->bells = ISTHMUS_TRY(allocate_objects<Doorbell>(planned.size()));
    domain.doorbells->silent = has_statistics() ? 0 : planned.size();
    return {};
}

void connect_gpio(Domain& domain, u32 number, Gpio& block) {
    if (domain.doorbells != nullptr && number < domain.doorbells->blocks.size()) {
        domain.doorbells->blocks[number] = &block;
    }
}

namespace {

Domain* find(std::span<Domain> domains, DomainId id) {
    for (Domain& domain : domains) {
        if (domain.plan->id == id) {
            return &domain;
        }
    }
    return nullptr;
}

void connect(Doorbell& bell, const dom0less::DoorbellPlan& planned, Domain* peer) {
    check(peer != nullptr && peer->doorbells != nullptr &&
              planned.peer_bell < peer->plan->doorbells.size(),
          "a doorbell's peer is not planned");
    bell.peer = peer->doorbells;
    bell.peer_gpio = peer->doorbells->blocks[planned.peer_bell / bells_in_gpio_block];
    bell.peer_line = u32{2} << (planned.peer_bell % bells_in_gpio_block * 2);
    bell.peer_bit = u64{1} << planned.peer_bell;
    bell.peer_intid = peer->plan->doorbells[planned.peer_bell].intid;
    bell.keep_when_off = planned.keep_when_off;
    bell.budget.init(ring_period(*peer->plan), ring_burst);
    bell.timer.fire = fire_ring;
    bell.timer.context = &bell;
}

}  // namespace

u64 ring_period(const dom0less::DomainPlan& rung) {
    const u64 ringers = rung.doorbells.size() + rung.xen.channels.size();
    return arch::counter_frequency() * ringers / rings_a_second;
}

void connect_doorbells(std::span<Domain> domains) {
    for (Domain& domain : domains) {
        for (usize number = 0; number < domain.plan->doorbells.size(); ++number) {
            const dom0less::DoorbellPlan& planned = domain.plan->doorbells[number];
            connect(domain.doorbells->bells[number], planned, find(domains, planned.peer));
        }
    }
}

namespace {

[[gnu::always_inline]] inline void ring(Doorbell& bell, Vcpu& ringer) {
    count(bell.rings);
    const RingBudget::Verdict verdict = bell.budget.ring(arch::counter());
    if (verdict == RingBudget::Verdict::now) [[likely]] {
        deliver(bell);
    } else {
        hold_back(bell, ringer, verdict);
    }
}

/// Of a number that is not rung in silence: there is no such doorbell, or rings are traced.
[[gnu::noinline, gnu::cold]] bool ring_traced(Vcpu& ringer, u64 number) {
    if (number >= doorbell_count(*ringer.domain)) {
        return false;
    }
    trace_ring(ringer, static_cast<u32>(number));
    ring(ringer.domain->doorbells->bells[number], ringer);
    return true;
}

}  // namespace

bool ring_doorbell(Vcpu& ringer, u64 number) {
    Doorbells* own = ringer.domain->doorbells;
    if (own == nullptr || number >= own->silent) [[unlikely]] {
        return ring_traced(ringer, number);
    }
    ring(own->bells[number], ringer);
    return true;
}

void ring_peers(Domain& ringer, u32 region) {
    for (usize number = 0; number < doorbell_count(ringer); ++number) {
        Doorbell& bell = ringer.doorbells->bells[number];
        const bool is_wanted = bell.keep_when_off || bell.peer->domain->is_running();
        if (ringer.plan->doorbells[number].region == region && is_wanted) {
            raise(bell);
        }
    }
}

u64 take_rings(Domain& domain) {
    return domain.doorbells == nullptr ? 0 : domain.doorbells->rung.exchange(0);
}

void forget_rings(Domain& domain) {
    if (domain.doorbells != nullptr) {
        domain.doorbells->rung.store(0);
    }
}

void repeat_rings(Domain& domain) {
    if (domain.doorbells == nullptr) {
        return;
    }
    Doorbells& own = *domain.doorbells;
    for (u64 left = own.rung.load(); left != 0; left &= left - 1) {
        const auto number = static_cast<u32>(__builtin_ctzll(left));
        if (Gpio* block = own.blocks[number / bells_in_gpio_block]) {
            static_cast<void>(block->pulse(u32{2} << (number % bells_in_gpio_block * 2)));
        }
        domain.vgic.raise_shared(domain.plan->doorbells[number].intid);
    }
}

DoorbellCounts doorbell_counts(const Domain& domain, usize number) {
    const Doorbell& bell = domain.doorbells->bells[number];
    return {bell.rings.load(), bell.coalesced.load(), bell.delayed.load(), bell.off.load()};
}

usize doorbell_count(const Domain& domain) {
    return domain.doorbells == nullptr ? 0 : domain.doorbells->bells.size();
}

DoorbellTie doorbell_tie(const Domain& domain, usize number) {
    const Doorbell& bell = domain.doorbells->bells[number];
    const Domain* peer = bell.peer == nullptr ? nullptr : bell.peer->domain;
    return {peer, static_cast<u32>(__builtin_ctzll(bell.peer_bit | u64{1} << 63)), bell.peer_intid,
            bell.keep_when_off, bell.peer_gpio != nullptr};
}

}  // namespace isthmus::core
