// SPDX-License-Identifier: Apache-2.0
#include "core/device/statistics.hpp"

#include <algorithm>
#include <new>

#include "core/device/doorbells.hpp"
#include "core/device/peer_status.hpp"
#include "core/domain/domain.hpp"
#include "core/run/flight_recorder.hpp"
#include "core/run/scheduler.hpp"
#include "core/run/trace.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

using statistics::CpuRecord;
using statistics::DomainRecord;
using statistics::Event;
using statistics::Kind;

constexpr u64 rounds_in_second = 10;
constexpr usize pieces_at_once = 4;  ///< a domain or a CPU each

/// What is shown, and how far the one who shows it has come.
struct Shown {
    HostAddress start;
    usize domains = 0;
    usize cpus = 0;
    DomainId observer = DomainId::none;  ///< the first borrower: its CPU does it, at its expense
    Vcpu* pays = nullptr;
    usize next = 0;
    SoftTimer timer;
    std::array<u64, limits::cpus> published{};  ///< events of each ring
};
constinit Shown shown;

/// A guest may read it uncached.
void publish(u64 offset, u64 bytes) {
    arch::publish_host(*HostRange::from(shown.start + offset, bytes));
}

u64 record_offset(usize domain) {
    return statistics::first_domain + domain * sizeof(DomainRecord);
}

u64 cpu_offset(usize cpu) {
    return statistics::first_cpu(shown.domains) + cpu * sizeof(CpuRecord);
}

u64 ring_offset(usize cpu) {
    return statistics::first_ring(shown.domains, shown.cpus) + cpu * statistics::ring_bytes;
}

DomainRecord& record_of(usize domain) {
    return *arch::host_object<DomainRecord>(shown.start + record_offset(domain));
}

u32 number_of(const Domain& domain) {
    return static_cast<u32>(&domain - domains().data());
}

/// With what it has run of its turn, where it runs now: nobody is charged for that before its end.
/// Another CPU may just switch, so this may be late, or early, by one turn.
u64 time_on_cpu(const Vcpu& vcpu, u64 now) {
    const PerCpu& cpu = per_cpu(vcpu.host_cpu);
    const u64 since = glance(cpu.accounted);
    const bool runs = __atomic_load_n(&cpu.current, __ATOMIC_RELAXED) == &vcpu;
    return glance(vcpu.ran) + (runs && since < now ? now - since : 0);
}

/// What the vCPUs of a domain have counted.
struct Sums {
    ExitCounts exits;
    u64 injected = 0;
    u64 ran = 0;
};

ExitCounts glance_exits(const ExitCounts& exits) {
    return {glance(exits.hypercalls), glance(exits.smc),        glance(exits.registers),
            glance(exits.memory),     glance(exits.interrupts), glance(exits.other)};
}

/// An event for what a count of a vCPU's has become since the last one.
void trace_more(const Vcpu& vcpu, Kind kind, u64 total, u64& traced) {
    const u64 more = total - traced;
    if (more != 0) {
        traced = total;
        trace(this_cpu(), {kind, number_of(*vcpu.domain), vcpu.id, static_cast<u32>(more)});
    }
}

Sums sum_up(const Domain& domain, u64 now) {
    Sums sums;
    for (Vcpu& vcpu : domain.vcpus) {
        const ExitCounts exits = glance_exits(vcpu.exits);
        const InterruptCounts& counts = vcpu.vgic->counts;
        const u64 injected = glance(counts.placed) + glance(counts.repeated);
        trace_more(vcpu, Kind::exits, exits.total(), vcpu.exits_traced);
        trace_more(vcpu, Kind::inject, injected, vcpu.injections_traced);
        sums.exits.hypercalls += exits.hypercalls;
        sums.exits.smc += exits.smc;
        sums.exits.registers += exits.registers;
        sums.exits.memory += exits.memory;
        sums.exits.interrupts += exits.interrupts;
        sums.exits.other += exits.other;
        sums.injected += injected;
        sums.ran += time_on_cpu(vcpu, now);
    }
    return sums;
}

u64 rings_of(const Domain& domain) {
    u64 rings = 0;
    for (usize bell = 0; bell < doorbell_count(domain); ++bell) {
        rings += doorbell_counts(domain, bell).rings;
    }
    return rings;
}

/// Relaxed: `updated` comes last, and before it all of these.
void put(Atomic<u64>& word, u64 value) {
    word.store(value, Order::relaxed);
}

void show_counters(usize number) {
    const Domain& domain = domains()[number];
    const u64 now = arch::counter();
    const Sums sums = sum_up(domain, now);
    DomainRecord& record = record_of(number);
    put(record.vcpus, u64{domain.vcpus.size()} << 32 | domain.vcpus_on.load());
    put(record.paused, domain.is_paused() ? 1 : 0);
    put(record.ran, std::max(sums.ran, record.ran.load(Order::relaxed)));  // never back
    put(record.exits_hypercall, sums.exits.hypercalls);
    put(record.exits_smc, sums.exits.smc);
    put(record.exits_register, sums.exits.registers);
    put(record.exits_memory, sums.exits.memory);
    put(record.exits_interrupt, sums.exits.interrupts);
    put(record.exits_other, sums.exits.other);
    put(record.injected, sums.injected);
    put(record.rings, rings_of(domain));
    put(record.violations, domain.violations.load());
    put(record.last_violation, domain.last_violation_at.load());
    put(record.last_violation_pc, domain.last_violation_pc.load());
    record.updated.store(now);
    publish(record_offset(number), sizeof(DomainRecord));
}

/// Those events of a CPU's ring that were written since it was here last, and their number.
void publish_ring(usize number) {
    const auto& record = *arch::host_object<CpuRecord>(shown.start + cpu_offset(number));
    const u64 head = record.head.load();
    u64& done = shown.published[number];
    if (head == done) {
        return;
    }
    const u64 first = done % statistics::ring_events;
    if (head - done < statistics::ring_events - first) {
        publish(ring_offset(number) + first * sizeof(Event), (head - done) * sizeof(Event));
    } else {
        publish(ring_offset(number), statistics::ring_bytes);
    }
    publish(cpu_offset(number), sizeof(CpuRecord));
    done = head;
}

void show_piece() {
    const usize piece = shown.next;
    shown.next = (piece + 1) % (shown.domains + shown.cpus);
    if (piece < shown.domains) {
        show_counters(piece);
    } else {
        publish_ring(piece - shown.domains);
    }
}

void fire_statistics(SoftTimer& timer, void*) {
    PerCpu& cpu = this_cpu();
    name_stretch(cpu, Stretch::piece);
    {
        const Interruption interruption(cpu, *shown.pays);
        for (usize i = 0; i < pieces_at_once; ++i) {
            show_piece();
        }
    }
    const u64 pieces = shown.domains + shown.cpus;
    arm_timer(timer, arch::counter() +
                         arch::counter_frequency() * pieces_at_once / (rounds_in_second * pieces));
}

DomainId first_borrower(const shm::RegionPlan& region) {
    return region.borrowers.empty() ? DomainId::none : region.borrowers.front();
}

void name_domains(const dom0less::Plan& plan) {
    for (usize i = 0; i < plan.domains.size(); ++i) {
        auto& record = *new (arch::host_pointer(shown.start + record_offset(i))) DomainRecord();
        std::ranges::copy(plan.domains[i].name, record.name.begin());
    }
}

}  // namespace

void open_statistics(const dom0less::Plan& plan, const shm::RegionPlan& region) {
    shown.start = region.host.front().start();
    shown.domains = plan.domains.size();
    shown.cpus = statistics::cpus_in(shown.domains, region.size);
    shown.observer = first_borrower(region);
    shown.timer.fire = fire_statistics;
    auto& header = *new (arch::host_pointer(shown.start)) statistics::Header();
    header.bytes = region.size;
    header.first_domain = statistics::first_domain;
    header.domain_bytes = sizeof(DomainRecord);
    header.domains = static_cast<u32>(shown.domains);
    header.first_cpu = static_cast<u32>(cpu_offset(0));
    header.cpu_bytes = sizeof(CpuRecord);
    header.cpus = static_cast<u32>(shown.cpus);
    header.first_ring = static_cast<u32>(ring_offset(0));
    header.ring_events = statistics::ring_events;
    header.frequency = arch::counter_frequency();
    header.period = header.frequency / rounds_in_second;
    name_domains(plan);
    for (usize cpu = 0; cpu < shown.cpus; ++cpu) {
        per_cpu(cpu).trace_record = arch::host_object<CpuRecord>(shown.start + cpu_offset(cpu));
        per_cpu(cpu).trace = arch::host_object<Event>(shown.start + ring_offset(cpu));
    }
    publish(0, region.size);
}

bool has_statistics() {
    return shown.observer != DomainId::none;
}

void tell_statistics(const Domain& domain) {
    if (!has_statistics()) {
        return;
    }
    const u32 number = number_of(domain);
    if (const auto state = shown_state(domain)) {
        DomainRecord& record = record_of(number);
        record.changed.store(domain.changed_at.load());
        record.state.store(u64{domain.starts.load()} << 32 | static_cast<u32>(*state));
        publish(record_offset(number), sizeof(DomainRecord));
    }
    trace(this_cpu(), {Kind::state, number, 0, static_cast<u32>(domain.state.load())});
}

void tell_stopping(const Domain& domain) {
    if (has_statistics()) {
        trace(this_cpu(),
              {Kind::state, number_of(domain), 0, static_cast<u32>(Domain::State::stopping)});
    }
}

void trace_run(PerCpu& cpu, Vcpu& vcpu) {
    write_event(cpu, {Kind::run, number_of(*vcpu.domain), vcpu.id, 0});
    if (shown.pays == nullptr && vcpu.id == 0 && vcpu.domain->plan->id == shown.observer) {
        shown.pays = &vcpu;
        arm_timer(shown.timer, arch::counter());
    }
}

void trace_ring(const Vcpu& ringer, u32 number) {
    trace(this_cpu(), {Kind::ring, number_of(*ringer.domain), ringer.id, number});
}

void trace_leave(PerCpu& cpu, const Vcpu& vcpu, bool is_cut) {
    write_event(cpu, {Kind::leave, number_of(*vcpu.domain), vcpu.id, is_cut ? 1u : 0u});
}

}  // namespace isthmus::core
