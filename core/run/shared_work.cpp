// SPDX-License-Identifier: Apache-2.0
#include "core/run/shared_work.hpp"

#include "core/domain/domain.hpp"
#include "core/run/crew.hpp"
#include "core/run/per_cpu.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"

namespace isthmus::core {
namespace {

/// A kick that comes before the sleep is pending then, so it is not slept through.
struct Sleepers {
    static void sleep() {
        arch::wait_for_interrupt();
        arch::poll_interrupts();
    }
    static void wake(usize cpu) { arch::kick(cpu); }
};

constinit Crew<Sleepers> crew;

bool is_there(usize cpu) {
    return per_cpu(cpu).online.load() != 0;
}

struct DomainWork {
    void (*work)(void* context, usize domain);
    void* context;
    usize boot_cpu;

    /// The CPU that does it.
    usize worker(const dom0less::DomainPlan& domain) const {
        const usize own = domain.vcpus.empty() ? boot_cpu : domain.vcpus[0].host_cpu;
        return is_there(own) ? own : boot_cpu;
    }
    static void share(void* context, usize cpu) {
        const auto& self = *static_cast<const DomainWork*>(context);
        for (usize i = 0; i < plan().domains.size(); ++i) {
            if (self.worker(plan().domains[i]) == cpu) {
                self.work(self.context, i);
            }
        }
    }
};

}  // namespace

void work_on_domains(void (*work)(void* context, usize domain), void* context) {
    DomainWork all{work, context, arch::cpu_index()};
    std::array<bool, limits::cpus> has_share{};
    for (const dom0less::DomainPlan& domain : plan().domains) {
        has_share[all.worker(domain)] = true;
    }
    crew.work(all.boot_cpu, DomainWork::share, &all, has_share);
}

void serve_boot_cpu() {
    crew.serve(arch::cpu_index());
}

void dismiss_cpus() {
    std::array<bool, limits::cpus> others{};
    for (usize cpu = 0; cpu < others.size(); ++cpu) {
        others[cpu] = cpu != arch::cpu_index() && is_there(cpu);
    }
    crew.dismiss(others);
}

bool do_share_of_work(usize cpu) {
    return crew.do_share(cpu);
}

}  // namespace isthmus::core
