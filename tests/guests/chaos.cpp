// SPDX-License-Identifier: Apache-2.0
// Random instructions, one at a time, from all CPUs at once: loads, stores and atomics of devices,
// holes and region pages, system registers, calls, jumps to where no code is. `seed=` tells runs
// apart, `words=` says how many each CPU runs: a slow machine runs the same words as a fast one.
// `mmu=on` puts page tables under it; with them off every other word runs at EL0. All that is
// expected is that the guest lives to say "chaos: ok".
#include "chaos/words.hpp"
#include "isthmus/static_vector.hpp"
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/cpus.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

extern "C" isthmus::u64 chaos_run(const isthmus::guest::chaos::ChaosState* state,
                                  isthmus::u64 entry, isthmus::u64 pstate);

namespace isthmus::guest {
namespace {

using chaos::ChaosState;
using chaos::Random;

constexpr u32 cpu_limit = 4;

/// A page of code to itself: the word, and behind it the SVC that ends it. QEMU (7.2) runs the word
/// before now and then where two CPUs write code of one page.
struct alignas(4096) Code {
    u32 words[1024]{};
};
constinit Code code[cpu_limit];
constinit volatile bool finished[cpu_limit];
constinit StaticVector<u64, 16> places;

void find_places() {
    Gic gic;
    if (!gic.open()) {
        die("chaos: no interrupt controller");
    }
    using namespace gic_registers;
    const u64 found[] = {
        gic.distributor(),     gic.distributor() + gicd_irouter,
        gic.redistributor(),   gic.redistributor() + sgi_frame,
        uart().base() + 0x400, 0,
        0x0800'0000,           0x0900'0000,
        0x7800'0000,           u64{1} << 39,
        u64{1} << 47,
    };
    for (const u64 place : found) {
        static_cast<void>(places.push_back(place));
    }
    if (const auto region = find_shared_region(tree().blob(), tree().option("id"))) {
        static_cast<void>(places.push_back(reinterpret_cast<u64>(region->bytes.data()) + 0x8000));
    }
}

void put_code(u32 index, u32 word) {
    constexpr u32 svc = 0xd400'0001;
    volatile u32* words = code[index].words;
    words[0] = word;
    words[1] = svc;
    asm volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" ::"r"(words) : "memory");
}

/// Interrupts masked, flags and the bits of PSTATE that a guest may have at random.
u64 choose_pstate(Random& random, bool may_be_el0) {
    constexpr u64 masked = 0x3c0;
    constexpr u64 el1t = 4;
    const u64 level = may_be_el0 && random.below(2) != 0 ? 0 : el1t;
    const u64 flags = random.below(4) == 0 ? random.next() & 0xf1d0'1c00 : 0;
    return masked | level | flags;
}

/// What a word may have changed that would end all words behind it. Stepping and breakpoints stay
/// on for a while.
void restore(Random& random) {
    if (random.below(64) == 0) {
        GUEST_WRITE_SYSREG(mdscr_el1, 0);
    }
    GUEST_WRITE_SYSREG(cpacr_el1, u64{3} << 20);
    GUEST_WRITE_SYSREG(cntkctl_el1, 3);
    GUEST_WRITE_SYSREG(cntv_ctl_el0, 0);
    isb();
}

void throw_words(u32 index) {
    constexpr u64 svc64 = 0x15;
    const bool may_be_el0 = tree().option("mmu") != "on";
    Random random(tree().number_option("seed", 1) * cpu_limit + index);
    ChaosState state;
    const u64 words = tree().number_option("words", 100'000);
    u64 faults = 0;
    for (u64 word = 0; word < words; ++word) {
        put_code(index, chaos::choose_word(random));
        chaos::choose_registers(random, places.items(), state);
        u64 entry = reinterpret_cast<u64>(code[index].words);
        if (random.below(64) == 0) {
            entry = places[random.below(places.size())] + random.below(8);
        }
        const u64 esr = chaos_run(&state, entry, choose_pstate(random, may_be_el0));
        restore(random);
        faults += esr >> 26 == svc64 ? 0u : 1u;
    }
    say("chaos: cpu {}: {} words, {} exceptions", index, words, faults);
    finished[index] = true;
}

}  // namespace

void guest_main() {
    say("chaos: seed {}", tree().number_option("seed", 1));
    if (tree().option("mmu") == "on") {
        enable_mmu();
    }
    find_places();
    u32 started = 1;
    while (started < cpu_limit && tree().cpu(started) &&
           start_cpu(started, [] { throw_words(this_cpu().index); }) == 0) {
        ++started;
    }
    throw_words(0);
    for (u32 index = 0; index < started; ++index) {
        while (!finished[index]) {
            relax();
        }
    }
    say("chaos: ok");
}

}  // namespace isthmus::guest
