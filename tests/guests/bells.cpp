// SPDX-License-Identifier: Apache-2.0
// Rings and is rung, by doorbells of the region `id=` (docs/doorbells.md). `do=` is a row of steps:
//   ring:NAME    by hypercall         out:NAME   by the GPIO block
//   hear:NAME    waits for the region's interrupt, and for that party alone to have rung
//   in:NAME      waits for the GPIO block's interrupt, and for that party's line alone
//   wrong        rings numbers that are none, and calls that are none
//   garbage      writes whatever to all registers of its GPIO blocks
//   later:N      does nothing for N ms
//   flood:NAME   rings without end until at= ms of the machine's counter; waste: the same calls,
//   but
//                for a number that rings nobody; count: counts steps until then
// Says what it heard, and "bells: ok" or "bells: FAILED: …".
#include "runtime/doorbells.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constinit Gic gic;
constinit u64 rung = 0;        ///< by DOORBELL_TAKE, a bit a doorbell
constinit u64 lines = 0;       ///< by the GPIO blocks, a bit a doorbell
constinit u64 interrupts = 0;  ///< of the region
constinit u32 region_intid = 0;

std::optional<GpioBlock> block_of(u32 bell) {
    return GpioBlock::find(tree(), bell / GpioBlock::bells);
}

void take_lines() {
    for (u32 number = 0; const auto block = GpioBlock::find(tree(), number); ++number) {
        const u8 status = block->masked_status();
        block->clear(status);
        for (u32 bell = 0; bell < GpioBlock::bells; ++bell) {
            if ((status >> GpioBlock::rung_line(bell) & 1) != 0) {
                lines |= u64{1} << (number * GpioBlock::bells + bell);
            }
        }
    }
}

void on_interrupt() {
    const u32 acknowledged = gic.acknowledge();
    if (acknowledged == intid_none) {
        return;
    }
    if ((acknowledged & 0x3ff) == region_intid) {
        rung |= hvc(doorbell_take);
        ++interrupts;
    } else {
        take_lines();
    }
    gic.end(acknowledged);
}

struct Failure {
    std::string_view what;
    std::string_view step;
};

/// Waits, asleep, until `seen` has something, and takes it.
bool wait_for(u64& seen, u64 expected) {
    const u64 end = now() + milliseconds(30'000);
    start_timer(end);  // masked in the controller: it only ends the sleep
    mask_irq();
    while (seen == 0 && static_cast<i64>(now() - end) < 0) {
        wfi();
        unmask_irq();
        isb();
        mask_irq();
    }
    stop_timer();
    const u64 found = seen;
    seen = 0;
    unmask_irq();
    if (found != expected) {
        say("bells: {x} rang, not {x}", found, expected);
    }
    return found == expected;
}

bool try_wrong_calls(const Doorbells& bells) {
    constexpr u64 invalid_parameter = ~u64{2};
    bool right = hvc(hypervisor_uid) != smccc_not_supported;
    for (const u64 number :
         {u64{bells.parties()} * 64, u64{64}, u64{no_bell}, u64{1} << 32, u64{1} << 63, ~u64{0}}) {
        right = hvc(doorbell_ring, number) == invalid_parameter && right;
        right = smc(doorbell_ring, number) == invalid_parameter && right;
    }
    for (const u64 function : {0xc600'0000, 0xc600'0003, 0x8600'0001, 0x8600'0002, 0x8600'ff00}) {
        right = hvc(static_cast<u64>(function), 0) == smccc_not_supported && right;
    }
    return right;
}

void write_garbage() {
    mask_irq();  // a low level that is enabled asks without end
    u64 random = 88172645463325252;
    for (u32 i = 0; i < 20'000; ++i) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const auto block = GpioBlock::find(tree(), 0);
        const u64 at = block->base() + (random >> 8 & 0xffc);
        if ((random & 1) != 0) {
            write32(at, static_cast<u32>(random >> 32));
        } else {
            static_cast<void>(read32(at));
        }
    }
    GpioBlock::find(tree(), 0)->reset();
    unmask_irq();
}

const char* do_step(const Doorbells& bells, std::string_view verb, std::string_view argument) {
    const u32 bell = bells.bell(argument);
    const auto block = bell == no_bell ? std::nullopt : block_of(bell);
    if (verb == "ring") {
        return hvc(doorbell_ring, bell) == 0 ? nullptr : "the call is refused";
    }
    if (verb == "out" && block) {
        block->make_output(GpioBlock::ring_line(bell));
        block->set(GpioBlock::ring_line(bell));
        return nullptr;
    }
    if (verb == "hear") {
        const bool right = wait_for(rung, u64{1} << bell);
        say("bells: heard {}", argument);
        return right ? nullptr : "not rung by that one";
    }
    if (verb == "in" && block) {
        block->enable(GpioBlock::rung_line(bell));
        const bool right = wait_for(lines, u64{1} << bell);
        say("bells: line of {}", argument);
        return right && (block->levels() >> GpioBlock::rung_line(bell) & 1) == 0 ? nullptr
                                                                                 : "not that line";
    }
    if (verb == "wrong") {
        return try_wrong_calls(bells) ? nullptr : "a call that is none is not refused";
    }
    if (verb == "garbage") {
        write_garbage();
        return nullptr;
    }
    if (verb == "later") {
        wait_until(now() + milliseconds(100));
        return nullptr;
    }
    if (verb == "flood" || verb == "waste") {
        const u64 number = verb == "flood" ? u64{bell} : u64{no_bell};
        const u64 rings = repeat_until_end([&] { hvc(doorbell_ring, number); });
        say("bells: {} rings", rings);
        return nullptr;
    }
    if (verb == "count") {
        const u64 steps = repeat_until_end(busy_step);
        say("bells: {} steps, {} interrupts", steps, interrupts);
        return nullptr;
    }
    return "no such step, or party";
}

void open(const Doorbells& bells) {
    if (!gic.open()) {
        die("bells: FAILED: no GIC");
    }
    gic.open_cpu();
    set_irq_handler(on_interrupt);
    region_intid = bells.intid();
    gic.set_edge(region_intid, true);
    gic.route_here(region_intid);
    gic.enable(region_intid);
    for (u32 number = 0; const auto block = GpioBlock::find(tree(), number); ++number) {
        gic.route_here(block->intid());
        gic.enable(block->intid());
    }
    unmask_irq();
}

/// The part before `mark`, which goes out of `text` with it.
std::string_view cut(std::string_view& text, char mark) {
    const usize at = text.find(mark);
    const std::string_view part{text.data(), at < text.size() ? at : text.size()};
    text.remove_prefix(at < text.size() ? at + 1 : text.size());
    return part;
}

}  // namespace

void guest_main() {
    enable_mmu();
    const auto bells = Doorbells::find(tree(), tree().option("id", "bells"));
    if (!bells) {
        say("bells: FAILED: no region with doorbells");
        return;
    }
    open(*bells);
    say("bells: {}, party {} of {}", bells->name(bells->own()), bells->own(), bells->parties());
    std::string_view rest = tree().option("do");
    while (!rest.empty()) {
        std::string_view argument = cut(rest, ',');
        const std::string_view step = argument;
        const std::string_view verb = cut(argument, ':');
        if (const char* what = do_step(*bells, verb, argument)) {
            say("bells: FAILED: {}: {}", step, std::string_view(what));
            return;
        }
    }
    say("bells: ok");
}

}  // namespace isthmus::guest
