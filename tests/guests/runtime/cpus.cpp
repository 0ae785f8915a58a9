// SPDX-License-Identifier: Apache-2.0
#include "runtime/cpus.hpp"

#include "isthmus/units.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {
namespace {

/// entry.S reads the first word.
struct SecondaryStart {
    u64 stack_top = 0;
    void (*function)() = nullptr;
    u32 index = 0;
};

struct alignas(16) Stack {
    u8 bytes[16 * KiB]{};
};

constinit SecondaryStart starts[max_cpus];
constinit Stack stacks[max_cpus];

}  // namespace

extern "C" void guest_secondary_entry();

i64 start_cpu(u32 index, void (*function)()) {
    const auto mpidr = tree().cpu(index);
    if (!mpidr || index >= max_cpus) {
        return psci::invalid_parameters;
    }
    starts[index] = {reinterpret_cast<u64>(&stacks[index] + 1), function, index};
    // The new CPU reads these words with its caches off.
    asm volatile("dc civac, %0" ::"r"(&starts[index]) : "memory");
    dsb();
    return static_cast<i64>(hvc(psci::cpu_on, *mpidr, reinterpret_cast<u64>(&guest_secondary_entry),
                                reinterpret_cast<u64>(&starts[index])));
}

i64 affinity_info(u32 index) {
    return static_cast<i64>(hvc(psci::affinity_info, tree().cpu(index).value_or(0), 0));
}

}  // namespace isthmus::guest

/// From entry.S.
extern "C" [[noreturn]] void guest_secondary_start(void* argument) {
    using namespace isthmus::guest;
    const auto start = *static_cast<SecondaryStart*>(argument);
    enable_mmu_here();
    install_cpu(start.index);
    start.function();
    hvc(psci::cpu_off);
    for (;;) {
        wfi();
    }
}
