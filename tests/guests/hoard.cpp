// SPDX-License-Identifier: Apache-2.0
// Keeps its timer's interrupt, which is a line of the machine, in hand in ways that no kernel
// would: acknowledged, and pushed out of the list registers by more nested SGIs than there are, and
// then do=sleep (until at= seconds) or do=off; or do=remote (GICv3), pending at one CPU and cleared
// by another, before it switches that CPU off. Others on the CPUs must not notice.
#include "isthmus/atomic.hpp"
#include "runtime/cpus.hpp"
#include "runtime/gic.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmio.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr u32 nested = 15;  ///< SGIs: more than a machine has list registers, or as good as

constinit Gic gic;
constinit Atomic<u32> stage;

void open() {
    gic.open_cpu();
    gic.set_priority_mask(0xff);
}

/// Acknowledges without a handler, with interrupts masked.
void take(u32 intid) {
    const u64 end = now() + milliseconds(2000);
    while ((gic.acknowledge() & 0x3ff) != intid) {
        if (now() > end) {
            say("hoard: FAILED, interrupt {} does not come", intid);
            hvc(psci::system_off);
        }
    }
}

void park_timer() {
    gic.set_priority(timer_intid(), 0xf0);
    gic.enable(timer_intid());
    start_timer(now());
    take(timer_intid());
    for (u32 sgi = 0; sgi < nested; ++sgi) {
        gic.set_priority(sgi, static_cast<u8>(0xe0 - sgi * 0x10));
        gic.enable(sgi);
        gic.send_sgi_to_self(sgi);
        take(sgi);
    }
}

constexpr u32 rounds = 20;  ///< in some of them others run on the second CPU between the two steps

enum Stage : u32 { starting, pending, cleared, failed };

/// The second CPU: its timer is due, and it does not want to hear of it.
void pend_and_wait() {
    open();
    gic.disable(timer_intid());
    start_timer(now());
    const u64 end = now() + milliseconds(100);
    while (!gic.is_pending(timer_intid()) && static_cast<i64>(now() - end) < 0) {
    }
    stage.store(gic.is_pending(timer_intid()) ? pending : failed);
    while (stage.load() == pending) {
        relax();
    }
}

bool clear_from_here() {
    using namespace gic_registers;
    stage.store(starting);
    if (start_cpu(1, pend_and_wait) != 0) {
        return false;
    }
    while (stage.load() == starting) {
        relax();
    }
    const bool is_pending = stage.load() == pending;
    // The second CPU's frame is the next one.
    write32(gic.redistributor() + redistributor_size + sgi_frame + gicd_icpendr,
            u32{1} << timer_intid());
    stage.store(cleared);
    while (static_cast<i64>(hvc(psci::affinity_info, *tree().cpu(1))) != i64{psci::affinity_off}) {
        relax();
    }
    return is_pending;
}

bool clear_from_here_again_and_again() {
    for (u32 round = 0; round < rounds; ++round) {
        if (!clear_from_here()) {
            say("hoard: FAILED in round {}: the second CPU's timer does not come", round);
            return false;
        }
    }
    return true;
}

}  // namespace

void guest_main() {
    enable_mmu();
    if (!gic.open()) {
        say("hoard: FAILED, no GIC");
        return;
    }
    open();
    const std::string_view what = tree().option("do", "off");
    const u64 end = milliseconds(1000) * tree().number_option("at", 3);
    if (what != "remote") {
        park_timer();
    } else if (!clear_from_here_again_and_again()) {
        return;
    }
    say("hoard: {} has its timer's interrupt", what);
    while (what == "sleep" && static_cast<i64>(now() - end) < 0) {
        start_timer(end);
        wfi();
    }
    hvc(psci::system_off);
}

}  // namespace isthmus::guest
