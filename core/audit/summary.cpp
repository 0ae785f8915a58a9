// SPDX-License-Identifier: Apache-2.0
#include "core/audit/summary.hpp"

#include "core/audit/doorbells.hpp"
#include "core/console/console.hpp"
#include "core/console/transmit.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/memory/region_account.hpp"
#include "core/run/flight_recorder.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

ExitCounts total_exits(const Domain& domain) {
    ExitCounts sum;
    for (const Vcpu& vcpu : domain.vcpus) {
        sum.hypercalls += vcpu.exits.hypercalls;
        sum.smc += vcpu.exits.smc;
        sum.registers += vcpu.exits.registers;
        sum.memory += vcpu.exits.memory;
        sum.interrupts += vcpu.exits.interrupts;
        sum.other += vcpu.exits.other;
    }
    return sum;
}

InterruptTotals total_interrupts(const Domain& domain) {
    InterruptTotals sum;
    for (const Vcpu& vcpu : domain.vcpus) {
        add_totals(sum, *vcpu.vgic);
    }
    return sum;
}

/// The time that its vCPUs had CPUs for.
u64 milliseconds_on_cpus(const Domain& domain) {
    u64 ticks = 0;
    for (const Vcpu& vcpu : domain.vcpus) {
        ticks += vcpu.ran;
    }
    return ticks / (arch::counter_frequency() / 1000);
}

void print_domain(TextSink& out, const Domain& domain) {
    const ExitCounts exits = total_exits(domain);
    const u64 ticks = domain.stopped_at - domain.started_at;
    const u64 milliseconds = ticks / (arch::counter_frequency() / 1000);
    print(out, "  {-12} ran {} ms, {} ms on CPUs; exits: {} (hypercall {}, smc {}, register {}, ",
          domain.plan->name, milliseconds, milliseconds_on_cpus(domain), exits.total(),
          exits.hypercalls, exits.smc, exits.registers);
    print(out, "memory {}, interrupt {}, other {}); ", exits.memory, exits.interrupts, exits.other);
    const InterruptTotals interrupts = total_interrupts(domain);
    print(out, "interrupts injected: {} (taken {}, withdrawn {}, pending {}, lost {}); ",
          interrupts.injected, interrupts.taken, interrupts.withdrawn, interrupts.pending,
          interrupts.lost());
    print(out, "violations: {}\n", domain.violations.load());
}

}  // namespace

void print_summary() {
    LogText out;
    print(out, "summary\n");
    for (const Domain& domain : domains()) {
        print_domain(out, domain);
    }
    for (const Domain& domain : domains()) {
        print_doorbells(out, domain);
    }
    print_regions(out, true);
    print(out, "  heap: {} of {} pages free\n", heap_free_pages(), heap_total_pages());
    for (usize cpu = 0; cpu < limits::cpus; ++cpu) {
        print_recorder(out, cpu);
    }
    for (const Domain& domain : domains()) {
        if (domain.console.lost_output() != 0) {
            print(out, "  console: {} bytes that {} sent to its full UART\n",
                  domain.console.lost_output(), domain.plan->name);
        }
    }
    if (transmit_bytes_dropped() != 0) {
        print(out, "  console: {} bytes that the UART did not take\n", transmit_bytes_dropped());
    }
}

}  // namespace isthmus::core
