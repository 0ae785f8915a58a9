// SPDX-License-Identifier: Apache-2.0
// The tree's other CPUs: what each sees first. Each is started once: Xen may lose a CPU that is
// turned on again before it has left the host's.
#include "facts/facts.hpp"
#include "runtime/cpus.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest::facts {
namespace {

struct Seen {
    u64 mpidr = 0;
    u64 control = 0;  ///< SCTLR_EL1
    u64 level = 0;
    u64 masks = 0;  ///< DAIF
};
constinit Seen seen{};

void look() {
    seen.mpidr = GUEST_READ_SYSREG(mpidr_el1);
    seen.control = GUEST_READ_SYSREG(sctlr_el1);
    seen.level = GUEST_READ_SYSREG(currentel);
    seen.masks = GUEST_READ_SYSREG(daif);
}

void wait_for_its_end(u32 index) {
    constexpr i64 off = 1;
    while (affinity_info(index) != off) {
        relax();
    }
}

}  // namespace

void processor_facts() {
    for (u32 index = 1; tree().cpu(index) && index < max_cpus; ++index) {
        TextBuffer<16> name;
        print(name, "cpu{}", index);
        fact(name.view(), "on", static_cast<u64>(start_cpu(index, look)));
        wait_for_its_end(index);
        fact(name.view(), "then", static_cast<u64>(affinity_info(index)));
        fact(name.view(), "mpidr", seen.mpidr);
        fact(name.view(), "sctlr", seen.control);
        fact(name.view(), "level", seen.level);
        fact(name.view(), "masks", seen.masks);
    }
}

}  // namespace isthmus::guest::facts
