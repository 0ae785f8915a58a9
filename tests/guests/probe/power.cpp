// SPDX-License-Identifier: Apache-2.0
// A second CPU: wild places to start it at, and interrupts for it while it is off.
#include "isthmus/bits.hpp"
#include "isthmus_guest/isthmus_shm.hpp"
#include "probe/probe.hpp"
#include "runtime/cpus.hpp"
#include "runtime/gic.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmio.hpp"
#include "runtime/smccc.hpp"
#include "runtime/system_register.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest::probes {
namespace {

constinit Gic gic;
constinit volatile bool was_there = false;
constinit volatile u32 taken = 0;  ///< an interrupt that the second CPU found

bool has_second() {
    return tree().cpu(1).has_value();
}
u64 second() {
    return tree().cpu(1).value_or(0);
}
u64 ram_start() {
    const auto bank = tree().memory(0);
    return bank ? bank->start().raw() : 0;
}
u64 ram_end() {
    const auto bank = tree().memory(0);
    return bank ? bank->end().raw() : 0;
}

bool refused(u64 entry) {
    return static_cast<i64>(hvc(psci::cpu_on, second(), entry, 0)) == psci::invalid_address &&
           static_cast<i64>(smc(psci::cpu_on, second(), entry, 0)) == psci::invalid_address &&
           affinity_info(1) == i64{psci::affinity_off};
}

bool every_wild_entry_is_refused() {
    const u64 wild[] = {
        0,
        4,
        ram_start() - 4,
        ram_start() + 1,
        ram_start() + 2,
        ram_end(),
        uart().base(),
        gic.distributor(),
        u64{1} << 40,
        ~u64{0},
        ~u64{0} - 3,
        u64{1} << 63 | ram_start(),
        ram_start() | u64{0xff} << 56,
    };
    for (const u64 entry : wild) {
        if (!refused(entry)) {
            say("probe: CPU_ON at {x} is not refused", entry);
            return false;
        }
    }
    const auto region = find_shared_region(tree().blob(), tree().option("id"));
    return !region || refused(reinterpret_cast<u64>(region->bytes.data()));
}

/// In the 32-bit convention upper halves do not count: this is an address beyond RAM, or not RAM.
bool the_short_call_sees_32_bits() {
    constexpr u64 cpu_on_32 = 0x8400'0003;
    const u64 entry = ram_end() & 0xffff'ffff;
    return static_cast<i32>(hvc(cpu_on_32, second(), entry | u64{1} << 35, 0)) ==
           static_cast<i32>(psci::invalid_address);
}

bool wait_until_off() {
    const u64 deadline = now() + milliseconds(10'000);
    while (affinity_info(1) != i64{psci::affinity_off}) {
        if (now() > deadline) {
            return false;
        }
        relax();
    }
    return true;
}

void second_looks() {
    gic.open_cpu();
    for (u32 i = 0; i < 1'000'000 && taken == 0; ++i) {
        const u32 intid = gic.acknowledge() & 0x3ff;
        if (intid < 1020) {
            gic.end(intid);
            taken = intid;
        }
        relax();
    }
    was_there = true;
}

bool it_starts_after_all_that() {
    was_there = false;
    return start_cpu(1, [] { was_there = true; }) == 0 && wait_until_off() && was_there;
}

/// The first shared interrupt that no device of this guest has.
u32 spare_interrupt() {
    return uart().intid() == 40 ? 41 : 40;
}

/// SGIs to a CPU that is off are nobody's; a shared interrupt waits until it is on.
bool interrupts_for_a_cpu_that_is_off() {
    const u32 intid = spare_interrupt();
    gic.open_cpu();
    for (u64 i = 0; i < 1000; ++i) {
        GUEST_WRITE_SYSREG(icc_sgi1r_el1, (i % 16) << 24 | second() << 16 | bit(second() & 0xf));
    }
    gic.set_priority(intid, 0x80);
    gic.set_edge(intid, true);
    write64(gic.distributor() + gic_registers::gicd_irouter + intid * 8, second());
    gic.enable(intid);
    for (u32 i = 0; i < 1000; ++i) {
        gic.set_pending(intid);
        gic.clear_pending(intid);
        gic.set_pending(intid);
    }
    taken = 0;
    was_there = false;
    const bool came = start_cpu(1, second_looks) == 0 && wait_until_off() && was_there;
    gic.disable(intid);
    if (taken != intid) {
        say("probe: the second CPU found {}, not {}", u32{taken}, intid);
    }
    return came && taken == intid;
}

bool on_and_off_again() {
    for (u32 i = 0; i < 50; ++i) {
        if (!it_starts_after_all_that()) {
            return false;
        }
    }
    return true;
}

constexpr Check list[] = {
    {"wild-entries", [] { return !has_second() || every_wild_entry_is_refused(); }},
    {"wild-entry-32", [] { return !has_second() || the_short_call_sees_32_bits(); }},
    {"second-cpu", [] { return !has_second() || it_starts_after_all_that(); }},
    {"interrupts-while-off", [] { return !has_second() || interrupts_for_a_cpu_that_is_off(); }},
    {"second-cpu-again", [] { return !has_second() || on_and_off_again(); }},
};

}  // namespace

std::span<const Check> power_checks() {
    static_cast<void>(gic.open());
    return list;
}

}  // namespace isthmus::guest::probes
