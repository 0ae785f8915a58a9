// SPDX-License-Identifier: Apache-2.0
// All CPUs of the guest: started, seen running at once, switched off, and started again.
#include "isthmus/atomic.hpp"
#include "runtime/cpus.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constinit Atomic<u32> running;
constinit Atomic<u32> wrong_mpidr;
constinit Atomic<u32> released;
constinit u32 failures = 0;

/// Says it is there and stays until all are.
void secondary() {
    const u64 mpidr = GUEST_READ_SYSREG(mpidr_el1);
    if (gic_registers::affinity_of(mpidr) != tree().cpu(this_cpu().index)) {
        wrong_mpidr.fetch_add(1);
    }
    running.fetch_add(1);
    while (released.load() == 0) {
        relax();
    }
}

bool wait_for(u32 index, i64 state) {
    const u64 end = now() + milliseconds(5000);
    while (affinity_info(index) != state && now() < end) {
        relax();
    }
    return affinity_info(index) == state;
}

void expect(std::string_view what, u32 cpu, bool passed) {
    if (!passed) {
        ++failures;
        say("smp: cpu {}: {} FAILED", cpu, what);
    }
}

/// Starts all CPUs, waits until all run at once, lets them go, waits until all are off.
void round(u32 cpus) {
    running.store(0);
    released.store(0);
    for (u32 cpu = 1; cpu < cpus; ++cpu) {
        expect("is off before", cpu, affinity_info(cpu) == i64{psci::affinity_off});
        expect("CPU_ON", cpu, start_cpu(cpu, secondary) == 0);
    }
    const u64 end = now() + milliseconds(10000);
    while (running.load() != cpus - 1 && now() < end) {
        relax();
    }
    expect("all running at once", 0, running.load() == cpus - 1);
    for (u32 cpu = 1; cpu < cpus; ++cpu) {
        expect("is on", cpu, affinity_info(cpu) == i64{psci::affinity_on});
        const auto again =
            static_cast<i64>(hvc(psci::cpu_on, *tree().cpu(cpu), tree().memory(0)->start().raw()));
        expect("CPU_ON again says ALREADY_ON", cpu, again == psci::already_on);
    }
    released.store(1);
    for (u32 cpu = 1; cpu < cpus; ++cpu) {
        expect("CPU_OFF", cpu, wait_for(cpu, i64{psci::affinity_off}));
    }
}

}  // namespace

void guest_main() {
    enable_mmu();
    u32 cpus = 0;
    while (tree().cpu(cpus)) {
        ++cpus;
    }
    say("smp: {} CPUs", cpus);
    round(cpus);
    round(cpus);
    expect("MPIDR as in the tree", 0, wrong_mpidr.load() == 0);
    const auto wild = static_cast<i64>(hvc(psci::cpu_on, 0xff'ff00, 0));
    expect("CPU_ON of no CPU says INVALID_PARAMETERS", 0, wild == psci::invalid_parameters);
    say(failures == 0 ? "smp: ok" : "smp: {} FAILED", failures);
}

}  // namespace isthmus::guest
