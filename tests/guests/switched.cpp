// SPDX-License-Identifier: Apache-2.0
// Holds a pattern, made from seed=, in every register that a change of vCPU has to save, until the
// machine's counter has come to at= seconds, and looks whether any has changed.
#include <array>

#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"
#include "runtime/timer.hpp"

extern "C" {
/// x0 to x29, then v0 to v31, then FPSR and FPCR, as they are after `loops` rounds of a short loop
/// with the pattern in them. In switched/hold.S.
constexpr isthmus::usize held_words = 30 + 64 + 2;
void switched_hold(isthmus::u64 seed, isthmus::u64 loops, isthmus::u64* held);
}

namespace isthmus::guest {
namespace {

constinit u32 failures = 0;

void expect(std::string_view what, usize number, u64 found, u64 wanted) {
    if (found != wanted && ++failures < 10) {
        say("switched: {}{} FAILED: {x}, not {x}", what, number, found, wanted);
    }
}

u64 general(u64 seed, u64 number) {
    return seed + number;
}

void hold_registers(u64 seed) {
    std::array<u64, held_words> held{};
    switched_hold(seed, 200'000, held.data());
    for (usize n = 0; n < 30; ++n) {
        expect("x", n, held[n], general(seed, n));
    }
    for (usize n = 0; n < 32; ++n) {
        expect("low half of v", n, held[30 + 2 * n], seed + 0x100 + n);
        expect("high half of v", n, held[30 + 2 * n + 1], seed + 0x200 + n);
    }
    expect("FPSR", 0, held[94], seed & 0x1f);
    expect("FPCR", 0, held[95], (seed & 3) << 22);
}

/// Registers of EL1 that hold anything that is written, and that no exception changes here.
#define SWITCHED_EL1_REGISTERS(USE) \
    USE(ttbr0_el1)                  \
    USE(ttbr1_el1)                  \
    USE(mair_el1)                   \
    USE(tpidr_el0)                  \
    USE(tpidrro_el0)                \
    USE(sp_el0)                     \
    USE(elr_el1)                    \
    USE(far_el1)                    \
    USE(cntv_cval_el0)

/// Kept to the bits that every CPU has.
constexpr u64 kept_bits = 0x0000'7fff'ffff'f000;

void hold_el1(u64 seed) {
    u64 number = 0x300;
#define USE(name) GUEST_WRITE_SYSREG(name, (seed + (++number << 12)) & kept_bits);
    SWITCHED_EL1_REGISTERS(USE)
#undef USE
    GUEST_WRITE_SYSREG(contextidr_el1, seed & 0xffff'ffff);
    GUEST_WRITE_SYSREG(esr_el1, seed & 0xffff'ffff);
    GUEST_WRITE_SYSREG(spsr_el1, 0x3c5 | (seed & 3) << 30);
    GUEST_WRITE_SYSREG(cntkctl_el1, seed & 3);
    GUEST_WRITE_SYSREG(csselr_el1, (seed & 1) << 1);
    isb();
    hold_registers(seed);
    number = 0x300;
#define USE(name) \
    expect(#name, 0, GUEST_READ_SYSREG(name) & kept_bits, (seed + (++number << 12)) & kept_bits);
    SWITCHED_EL1_REGISTERS(USE)
#undef USE
    expect("contextidr_el1", 0, GUEST_READ_SYSREG(contextidr_el1), seed & 0xffff'ffff);
    expect("esr_el1", 0, GUEST_READ_SYSREG(esr_el1), seed & 0xffff'ffff);
    expect("spsr_el1", 0, GUEST_READ_SYSREG(spsr_el1), 0x3c5 | (seed & 3) << 30);
    expect("cntkctl_el1", 0, GUEST_READ_SYSREG(cntkctl_el1), seed & 3);
    expect("csselr_el1", 0, GUEST_READ_SYSREG(csselr_el1), (seed & 1) << 1);
}

}  // namespace

void guest_main() {
    constexpr u64 no_fp_traps = 3 << 20;  // CPACR_EL1.FPEN
    GUEST_WRITE_SYSREG(cpacr_el1, no_fp_traps);
    isb();
    const u64 seed = tree().number_option("seed", 1) * 0x0101'0101'0000;
    const u64 end = milliseconds(1000) * tree().number_option("at", 3);
    u64 rounds = 0;
    while (failures == 0 && static_cast<i64>(now() - end) < 0) {
        hold_el1(seed + rounds);
        ++rounds;
    }
    say(failures == 0 ? "switched: ok, {} rounds" : "switched: FAILED in round {}", rounds);
}

}  // namespace isthmus::guest
