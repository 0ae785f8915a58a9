// SPDX-License-Identifier: Apache-2.0
// Looks for registers that pass from guest to guest. It tries MRS and MSR of every encoding with
// op0 2 or 3, which are all that there are; leaves patterns in all that keep them; and lets its
// peer, on the same CPU, do the same with patterns of its own before it looks again. Whatever is
// then not as it was left is a register that the two share.
//
// Options: role=a or b, id= of the region with the turn, rounds=, list=yes (each register found).
#include <array>

#include "isthmus/static_vector.hpp"
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"
#include "sweep/code.hpp"

namespace isthmus::guest {
namespace {

using sweep::Encoding;
using sweep::read_all;
using sweep::write_all;

constexpr usize most = 1024;

/// Registers that can be read, and which of their bits keep what is written.
struct Found {
    StaticVector<Encoding, most> readable;
    std::array<u64, most> kept{};       ///< by place in `readable`
    std::array<bool, most> restless{};  ///< changes by itself
    StaticVector<Encoding, most> keeping;
};
constinit Found found{};

using Values = std::array<u64, most>;
constinit Values original{};
constinit Values written{};
constinit Values before{};
constinit Values after{};
constinit u32 failures = 0;

u64 mix(u64 seed) {
    seed = (seed ^ seed >> 31) * 0x7fb5'd329'728e'a185;
    seed = (seed ^ seed >> 27) * 0x81da'def4'bc2d'd44d;
    return seed ^ seed >> 33;
}

u64 with_pattern(Encoding register_, u64 value, u64 pattern) {
    const u64 varied = varied_bits(register_);
    return (value & ~varied) | (pattern & varied);
}

/// Bits that read as they were last written.
u64 find_kept(Encoding register_, u64 value) {
    if (varied_bits(register_) == 0 || catch_fault([&] { write_register(register_, value); })) {
        return 0;
    }
    constexpr u64 pattern = 0xa5c3'96e1'5a3c'691e;
    sweep::Trial trial{.first = with_pattern(register_, value, pattern),
                       .second = with_pattern(register_, value, ~pattern)};
    sweep::Trial reverse{.first = trial.second, .second = trial.first};
    if (catch_fault([&] { try_register(register_, trial); }) ||
        catch_fault([&] { try_register(register_, reverse); })) {
        say("sweep: writing to {}_{}_{}_{}_{} FAILED", register_.op0(), register_.op1(),
            register_.crn(), register_.crm(), register_.op2());
        ++failures;
        return 0;
    }
    return (trial.first ^ trial.second) & ~(trial.after_first ^ trial.first) &
           ~(trial.after_second ^ trial.second) & ~(reverse.after_first ^ reverse.first) &
           ~(reverse.after_second ^ reverse.second);
}

void find_registers() {
    for (u32 raw = 0; raw < Encoding::count; ++raw) {
        const Encoding register_{raw};
        u64 value = 0;
        if (catch_fault([&] { value = read_register(register_); })) {
            continue;
        }
        const usize place = found.readable.size();
        if (!found.readable.push_back(register_)) {
            die("sweep: more registers than expected");
        }
        found.kept[place] = find_kept(register_, value);
        if (found.kept[place] != 0) {
            static_cast<void>(found.keeping.push_back(register_));
        }
    }
    prepare_all(found.keeping.items(), found.readable.items());
}

/// Counters and the like. A register of which some bits are kept counts only with these.
void find_restless() {
    for (u32 times = 0; times < 4; ++times) {
        read_all(before.data());
        wait_until(now() + milliseconds(1));
        read_all(after.data());
        for (usize place = 0; place < found.readable.size(); ++place) {
            found.restless[place] = found.restless[place] || before[place] != after[place];
        }
    }
}

void list_registers() {
    for (usize place = 0; place < found.readable.size(); ++place) {
        const Encoding register_ = found.readable[place];
        say("sweep: register {}_{}_{}_{}_{} {} {x}", register_.op0(), register_.op1(),
            register_.crn(), register_.crm(), register_.op2(),
            found.kept[place] != 0  ? "keeps"
            : found.restless[place] ? "restless"
                                    : "constant",
            found.kept[place] != 0 ? found.kept[place] : before[place]);
    }
}

void leave_patterns(u64 seed) {
    read_all(before.data());
    usize number = 0;
    for (usize place = 0; place < found.readable.size(); ++place) {
        if (found.kept[place] != 0) {
            const Encoding register_ = found.readable[place];
            original[number] = before[place];
            written[number] = with_pattern(register_, before[place], mix(seed + register_.raw));
            ++number;
        }
    }
    write_all(written.data());
    read_all(before.data());
}

void compare(u64 round) {
    for (usize place = 0; place < found.readable.size(); ++place) {
        const u64 kept = found.kept[place];
        if (kept == 0 && found.restless[place]) {
            continue;
        }
        const u64 counted = kept != 0 ? kept : ~u64{0};
        if (((before[place] ^ after[place]) & counted) != 0 && ++failures < 20) {
            const Encoding register_ = found.readable[place];
            say("sweep: round {}: {}_{}_{}_{}_{} FAILED: left {x}, found {x}", round,
                register_.op0(), register_.op1(), register_.crn(), register_.crm(), register_.op2(),
                before[place], after[place]);
        }
    }
}

void wait_for(volatile u64& turn, u64 mine) {
    while (turn < mine) {
        relax();
    }
}

}  // namespace

void guest_main() {
    constexpr u64 no_traps = u64{3} << 16 | u64{3} << 20 | u64{3} << 24;  // CPACR_EL1
    GUEST_WRITE_SYSREG(cpacr_el1, no_traps);
    isb();
    const auto region = find_shared_region(tree().blob(), tree().option("id"));
    if (!region) {
        die("sweep: no region");
    }
    volatile u64& turn = *static_cast<u64*>(static_cast<void*>(region->bytes.data()));
    find_registers();
    find_restless();
    if (tree().option("list") == "yes") {
        list_registers();
    }
    say("sweep: {} registers, {} of them keep what is written", found.readable.size(),
        found.keeping.size());
    const u64 offset = tree().option("role") == "b" ? 1 : 0;
    const u64 rounds = tree().number_option("rounds", 8);
    for (u64 round = 0; round < rounds; ++round) {
        wait_for(turn, 2 * round + offset);
        leave_patterns(mix(2 * round + offset));
        turn = 2 * round + offset + 1;
        if (offset == 0 || round + 1 < rounds) {  // nobody comes after the last
            wait_for(turn, 2 * round + offset + 2);
        }
        read_all(after.data());
        write_all(original.data());
        compare(round);
    }
    say(failures == 0 ? "sweep: ok" : "sweep: FAILED, {} times", failures);
}

}  // namespace isthmus::guest
