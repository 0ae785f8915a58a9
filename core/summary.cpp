// SPDX-License-Identifier: Apache-2.0
#include "core/summary.hpp"

#include "core/console.hpp"
#include "core/domain.hpp"
#include "core/machine_memory.hpp"
#include "isthmus/arch.hpp"

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

u64 total_injected(const Domain& domain) {
    u64 sum = 0;
    for (const Vcpu& vcpu : domain.vcpus) {
        sum += vcpu.vgic->injected;
    }
    return sum;
}

void print_domain(TextSink& out, const Domain& domain) {
    const ExitCounts exits = total_exits(domain);
    const u64 ticks = domain.stopped_at - domain.started_at;
    const u64 milliseconds = ticks / (arch::counter_frequency() / 1000);
    print(out, "  {-12} ran {} ms; exits: {} (hypercall {}, smc {}, register {}, memory {}, ",
          domain.plan->name, milliseconds, exits.total(), exits.hypercalls, exits.smc,
          exits.registers, exits.memory);
    print(out, "interrupt {}, other {}); ", exits.interrupts, exits.other);
    print(out, "interrupts injected: {}; violations: {}\n", total_injected(domain),
          domain.violations.load());
}

/// What the page words of a region say.
struct FoundReferences {
    u64 pages = 0;
    u64 least = ~u64{0};
    u64 most = 0;
    bool owned = true;  ///< all pages by the planned owner
};

FoundReferences count_references(const shm::RegionPlan& region) {
    FoundReferences found;
    for (const HostRange& piece : region.host) {
        for (const mm::PageInfo& page : frames().frames(piece)) {
            const mm::PageValue value = page.snapshot();
            ++found.pages;
            found.least = value.references < found.least ? value.references : found.least;
            found.most = value.references > found.most ? value.references : found.most;
            found.owned = found.owned && value.owner == region.owner;
        }
    }
    return found;
}

void print_region(TextSink& out, const shm::RegionPlan& region) {
    const FoundReferences found = count_references(region);
    print(out, "  region {}: owner {}{}, borrowers", region.id, owner_name(region.owner),
          found.owned ? "" : " (some pages are not its own)");
    for (const DomainId borrower : region.borrowers) {
        print(out, " {}", owner_name(borrower));
    }
    print(out, "; {} pages, references planned {}, found {}", found.pages,
          region.references_per_page, found.least);
    if (found.most != found.least) {
        print(out, " to {}", found.most);
    }
    print(out, "\n");
}

}  // namespace

void print_summary() {
    LogText out;
    print(out, "summary\n");
    for (const Domain& domain : domains()) {
        print_domain(out, domain);
    }
    for (const shm::RegionPlan& region : plan().regions) {
        print_region(out, region);
    }
    print(out, "  heap: {} of {} pages free\n", heap_free_pages(), heap_total_pages());
}

}  // namespace isthmus::core
