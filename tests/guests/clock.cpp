// SPDX-License-Identifier: Apache-2.0
// A device of the machine, a PL031 (Arm DDI 0224), whose node is compatible with "test,rtc": its
// level interrupt comes when it is enabled and not before, once for each time that it is raised,
// and when it is never ended it keeps that line silent and nothing else.
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/mmio.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr u64 data = 0x00;
constexpr u64 match = 0x04;
constexpr u64 mask = 0x10;
constexpr u64 raw_status = 0x14;
constexpr u64 clear = 0x1c;

constexpr u32 rounds = 100;
constexpr u32 last_offered = 63;  // a guest has 32 shared interrupts or more

constinit Gic gic;
constinit u64 registers = 0;
constinit u32 line = 0;
constinit bool keep = false;  ///< leave the line active, and the device as it is
constinit volatile u32 taken = 0;
constinit volatile u32 ticks = 0;
constinit volatile u32 strangers = 0;
constinit u32 failures = 0;

void on_interrupt() {
    const u32 acknowledged = gic.acknowledge();
    const u32 intid = acknowledged & 0x3ff;
    if (intid >= 1020) {
        return;
    }
    if (intid == timer_intid()) {
        ticks = ticks + 1;
        start_timer(now() + milliseconds(1));
    } else if (intid == line) {
        taken = taken + 1;
        if (!keep) {
            write32(registers + clear, 1);
        }
    } else {
        strangers = strangers + 1;
    }
    gic.end(acknowledged);
    if (intid != line || !keep) {
        gic.deactivate(acknowledged);
    }
}

/// The alarm for this very second. The handler may have cleared it before one looks.
void raise() {
    const u32 before = taken;
    do {
        write32(registers + match, read32(registers + data));
    } while (read32(registers + raw_status) == 0 && taken == before);
}

void wait(u64 count) {
    wait_until(now() + milliseconds(count));
}

bool reaches(u32 count) {
    const u64 end = now() + milliseconds(5000);
    while (taken < count && static_cast<i64>(now() - end) < 0) {
        relax();
    }
    return taken == count;
}

void expect(std::string_view what, bool passed) {
    say("clock: {} {}", what, passed ? "ok" : "FAILED");
    failures += passed ? 0 : 1;
}

void open() {
    const int node = tree().find_compatible("test,rtc");
    const auto place = node >= 0 ? tree().reg(node) : std::nullopt;
    if (!place || !gic.open()) {
        die("clock: FAILED, no clock or no GIC");
    }
    registers = place->start().raw();
    line = tree().interrupt(node).value_or(0);
    gic.open_cpu();
    gic.split_end(true);
    gic.set_priority_mask(0xff);
    set_irq_handler(on_interrupt);
    write32(registers + mask, 1);
    gic.enable(timer_intid());
    for (u32 other = 32; other <= last_offered; ++other) {
        gic.route_here(other);
        if (other != line) {
            gic.enable(other);
        }
    }
    start_timer(now() + milliseconds(1));
    unmask_irq();
}

void every_time_once() {
    for (u32 i = 1; i < rounds; ++i) {
        raise();
        if (!reaches(i + 1)) {
            break;
        }
    }
    wait(10);
    expect("each alarm comes once", taken == rounds);
}

void never_ended() {
    keep = true;
    raise();
    expect("an alarm that is not ended", reaches(rounds + 1));
    const u32 before = ticks;
    wait(200);
    expect("keeps its line silent", taken == rounds + 1);
    expect("and nothing else", ticks > before + 4);
    keep = false;
    gic.deactivate(line);  // the device still raises it
    expect("until it is ended", reaches(rounds + 2));
    raise();
    expect("as before then", reaches(rounds + 3));
}

}  // namespace

void guest_main() {
    enable_mmu();
    open();
    say("clock: interrupt {}", line);
    raise();
    wait(20);
    expect("silent while disabled", taken == 0);
    gic.enable(line);
    expect("comes when enabled", reaches(1));
    every_time_once();
    never_ended();
    expect("no line but its own", strangers == 0);
    mask_irq();
    stop_timer();
    say(failures == 0 ? "clock: ok" : "clock: {} FAILED", failures);
}

}  // namespace isthmus::guest
