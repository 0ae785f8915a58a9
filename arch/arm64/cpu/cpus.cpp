// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/cpus.hpp"

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/log.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::arch {
namespace {

constinit SpinLock lock;
constinit CommonCpu common ISTHMUS_GUARDED_BY(lock);
constinit bool is_settled ISTHMUS_GUARDED_BY(lock) = false;
constinit CpuKind boot_cpu;
constinit CpuNeeds needs;
constinit u64 affinities[limits::cpus] = {};

/// False when it is too late.
bool include(const CpuKind& cpu) {
    const LockGuard guard(lock);
    if (!is_settled) {
        common.include(cpu);
    }
    return !is_settled;
}

}  // namespace

CpuKind read_cpu_kind() {
    return {.midr = ISTHMUS_READ_SYSREG(midr_el1),
            .ctr = ISTHMUS_READ_SYSREG(ctr_el0),
            .mmfr0 = ISTHMUS_READ_SYSREG(id_aa64mmfr0_el1),
            .mmfr2 = ISTHMUS_READ_SYSREG(id_aa64mmfr2_el1),
            .cntfrq = ISTHMUS_READ_SYSREG(cntfrq_el0)};
}

void count_boot_cpu() {
    boot_cpu = read_cpu_kind();
    const LockGuard guard(lock);
    common = CommonCpu::of(boot_cpu);
}

bool join_cpus(usize index) {
    const CpuKind self = read_cpu_kind();
    if (self.midr != boot_cpu.midr) {
        log("CPU {} is of another kind than the boot CPU: MIDR_EL1 {x}, not {x}", index, self.midr,
            boot_cpu.midr);
    }
    if (const char* why = why_unfit(self, needs); why != nullptr) {
        log("CPU {} is not used: {}", index, why);
        return false;
    }
    if (self.cntfrq != boot_cpu.cntfrq) {
        log("CPU {}: CNTFRQ_EL0 is {}, the boot CPU's {}; the tree's timer says what is right",
            index, self.cntfrq, boot_cpu.cntfrq);
    }
    note_counter_errata(self.counter_errata());
    if (!include(self)) {
        log("CPU {} is not used: it came too late", index);
        return false;
    }
    return true;
}

/// Without the lock: it is asked for what does not change any more (cpus.hpp).
ISTHMUS_UNCHECKED const CommonCpu& common_cpu() {
    return common;
}

void settle_cpus() {
    const LockGuard guard(lock);
    is_settled = true;
    if (!common.write_back) {
        forgo_forced_write_back();
    }
}

unsigned cpu_address_bits() {
    return boot_cpu.address_bits();
}

void require_of_cpus(unsigned address_bits, bool same_frequency) {
    needs = {address_bits, same_frequency ? boot_cpu.cntfrq : 0};
}

u64 affinity_of(usize index) {
    return affinities[index];
}

void set_affinity_of(usize index, u64 affinity) {
    affinities[index] = affinity;
}

u64 cpu_affinity() {
    return ISTHMUS_READ_SYSREG(mpidr_el1) & mpidr_affinity_mask;
}

}  // namespace isthmus::arch
