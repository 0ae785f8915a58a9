// SPDX-License-Identifier: Apache-2.0
// The counter: how fast it runs, and reading it in spite of its faults.
#include "arch/arm64/cpu/counter_reads.hpp"
#include "arch/arm64/cpu/cpus.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/atomic.hpp"

namespace isthmus::arch {
namespace {

constinit u64 frequency = 0;
constinit Atomic<u32> errata;

u64 read_count() {
    isb();  // not read ahead of what came before
    return ISTHMUS_READ_SYSREG(cntpct_el0);
}

[[gnu::noinline, gnu::cold]] u64 read_faulty_count() {
    return stable_count(static_cast<u8>(errata.load(Order::relaxed)), read_count);
}

}  // namespace

void init_counter(u32 told_frequency, u8 told_errata) {
    frequency = told_frequency != 0 ? told_frequency : ISTHMUS_READ_SYSREG(cntfrq_el0);
    note_counter_errata(told_errata | read_cpu_kind().counter_errata());
}

void note_counter_errata(u8 more) {
    errata.fetch_or(more);
}

u64 counter() {
    return errata.load(Order::relaxed) != 0 ? read_faulty_count() : read_count();
}

u64 counter_frequency() {
    return frequency;
}

}  // namespace isthmus::arch
