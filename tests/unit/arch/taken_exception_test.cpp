// SPDX-License-Identifier: Apache-2.0
// An exception of a guest's own, from what is left of it in EL1's registers.
#include "arch/arm64/guest/taken_exception.hpp"

#include <gtest/gtest.h>

#include <string>

#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/guest/sysreg_names.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 el0t = 0x0;
constexpr u64 el1t = 0x4;
constexpr u64 el1h = 0x5;
constexpr u64 a32 = 0x10;
constexpr u64 masked = 0x3c0;

u64 esr(u64 exception_class, u64 iss = 0) {
    return exception_class << 26 | bit(25) | iss;
}

TakenException undefined_at(u64 pc, u64 pstate = el1h | masked, u64 vectors = 0) {
    return {.syndrome = esr(0),
            .pc = pc,
            .pstate = pstate,
            .vectors = vectors,
            .handler_pstate = el1h | masked};
}

std::string words(const TakenException& taken, std::optional<u32> instruction = std::nullopt,
                  VectorFetch fetch = VectorFetch::synchronous) {
    TextBuffer<200> out;
    describe(out, fetch, taken, instruction);
    return std::string(out.view());
}

TEST(VectorFetch, EachKindHasItsPlace) {
    constexpr u64 vectors = 0xffff'8000'0801'0800;
    for (const auto& [pstate, first] :
         {std::pair<u64, u64>{el1t, 0x000}, {el1h, 0x200}, {el0t, 0x400}, {a32, 0x600}}) {
        const TakenException taken = undefined_at(0x4000'0000, pstate, vectors);
        for (u64 offset = 0; offset < 0x800; offset += 4) {
            const VectorFetch expected = offset == first           ? VectorFetch::synchronous
                                         : offset == first + 0x80  ? VectorFetch::interrupt
                                         : offset == first + 0x100 ? VectorFetch::interrupt
                                         : offset == first + 0x180 ? VectorFetch::serror
                                                                   : VectorFetch::none;
            EXPECT_EQ(vector_fetch(taken, vectors + offset), expected) << pstate << " " << offset;
        }
        EXPECT_EQ(vector_fetch(taken, vectors - 0x80), VectorFetch::none);
        EXPECT_EQ(vector_fetch(taken, vectors + 0x800 + first), VectorFetch::none);
    }
}

TEST(VectorFetch, OnlyAHandlerFetchesThere) {
    TakenException taken = undefined_at(0x4000'0000);
    taken.handler_pstate = el1h | masked | bit(30) | bit(22);  // flags and PAN do not matter
    EXPECT_EQ(vector_fetch(taken, 0x200), VectorFetch::synchronous);
    for (const u64 pstate : {el1h | (masked & ~bit(7)), el1t | masked, el0t, a32 | masked}) {
        taken.handler_pstate = pstate;
        EXPECT_EQ(vector_fetch(taken, 0x200), VectorFetch::none) << pstate;
    }
}

TEST(VectorFetch, ItsOwnAbortIsAConsequence) {
    TakenException taken = undefined_at(0x200, el1h | masked);
    taken.syndrome = esr(0x21, 0x10);
    EXPECT_EQ(vector_fetch(taken, 0x200), VectorFetch::again);
    taken.pc = 0x7fc;
    EXPECT_EQ(vector_fetch(taken, 0x200), VectorFetch::again);
    taken.pc = 0x800;  // an abort, but of something else
    EXPECT_EQ(vector_fetch(taken, 0x200), VectorFetch::synchronous);
    taken.pc = 0x204;  // code in the vectors, and another exception
    taken.syndrome = esr(0x15);
    EXPECT_EQ(vector_fetch(taken, 0x200), VectorFetch::synchronous);
}

/// After a reset all of EL1's registers are 0: nothing was taken yet.
TEST(VectorFetch, AJumpTo0IsNone) {
    const TakenException nothing{.handler_pstate = el1h | masked};
    EXPECT_EQ(vector_fetch(nothing, 0), VectorFetch::none);
}

TEST(Describe, SystemRegisters) {
    const TakenException taken = undefined_at(0x4008'0010);
    // Encodings by GNU as.
    EXPECT_EQ(words(taken, 0xd51b'e000),  // msr cntfrq_el0, x0
              "wrote CNTFRQ_EL0, which is firmware's, at pc 0x40080010");
    EXPECT_EQ(words(taken, 0xd53e'1101),  // mrs x1, scr_el3
              "read SCR_EL3, which is EL3's, at pc 0x40080010");
    EXPECT_EQ(words(taken, 0xd51c'1102),  // msr hcr_el2, x2
              "wrote HCR_EL2, which is EL2's, at pc 0x40080010");
    EXPECT_EQ(words(taken, 0xd51d'1003),  // msr sctlr_el12, x3
              "wrote S3_5_C1_C0_0, which is EL2's, at pc 0x40080010");
    EXPECT_EQ(words(taken, 0xd518'0000),  // msr s3_0_c0_c0_0, x0
              "wrote MIDR_EL1, which it may not write, at pc 0x40080010");
    EXPECT_EQ(words(taken, 0xd53b'9c05),  // mrs x5, pmcr_el0
              "read PMCR_EL0, which it may not read, at pc 0x40080010");
    EXPECT_EQ(words(taken, 0xd510'0480),  // msr s2_0_c0_c4_4, x0
              "wrote S2_0_C0_C4_4, which it may not write, at pc 0x40080010");
}

TEST(Describe, OtherInstructions) {
    const TakenException taken = undefined_at(0x4008'0010);
    EXPECT_EQ(words(taken, 0xd50e'871f),  // tlbi alle3
              "executed system instruction S1_6_C8_C7_0, which is EL3's, at pc 0x40080010");
    EXPECT_EQ(words(taken, 0x0000'0007),
              "executed an undefined instruction, 0x7, at pc 0x40080010");
    EXPECT_EQ(words(taken, 0xd500'401f),  // MSR (immediate) names no register
              "executed an undefined instruction, 0xd500401f, at pc 0x40080010");
    EXPECT_EQ(words(taken), "executed an undefined instruction at pc 0x40080010");
}

TEST(Describe, OtherExceptionsByTheirClass) {
    TakenException taken = undefined_at(0x1000);
    const auto as = [&](u64 exception_class, u64 iss = 0) {
        taken.syndrome = esr(exception_class, iss);
        return words(taken, 0xd503'201f);
    };
    taken.fault_address = 0x900'0000;
    EXPECT_EQ(as(0x25, 0x07), "read from 0x9000000: translation fault, level 3, at pc 0x1000");
    EXPECT_EQ(as(0x24, 0x4f), "wrote to 0x9000000: permission fault, level 3, at pc 0x1000");
    EXPECT_EQ(as(0x21, 0x10),
              "fetched an instruction from 0x9000000: external abort, at pc 0x1000");
    EXPECT_EQ(as(0x15), "executed SVC at pc 0x1000");
    EXPECT_EQ(as(0x3c), "executed BRK at pc 0x1000");
    EXPECT_EQ(as(0x07),
              "used floating-point or SIMD registers, which its CPACR_EL1 traps, at pc 0x1000");
    EXPECT_EQ(as(0x26), "used a stack pointer that is not aligned at pc 0x1000");
    EXPECT_EQ(as(0x33), "stepped at pc 0x1000");
    EXPECT_EQ(as(0x3f), "had an exception of class 0x3f at pc 0x1000");
    // A trap to EL1 names the register in its syndrome: mrs x2, cntvct_el0 of EL0.
    EXPECT_EQ(as(0x18, sysreg_id(3, 3, 14, 0, 2) | 2 << 5 | 1),
              "read S3_3_C14_C0_2, which it may not read, at pc 0x1000");
    EXPECT_EQ(words(taken, std::nullopt, VectorFetch::interrupt), "was interrupted at pc 0x1000");
    EXPECT_EQ(words(taken, std::nullopt, VectorFetch::serror), "was given an SError at pc 0x1000");
}

TEST(SysregNames, ByEncoding) {
    const auto name = [](u32 id) {
        TextBuffer<32> out;
        print_sysreg(out, id);
        return std::string(out.view());
    };
    EXPECT_EQ(name(sysreg_id(3, 6, 1, 1, 0)), "SCR_EL3");
    EXPECT_EQ(name(sysreg_id(3, 4, 14, 1, 0)), "CNTHCTL_EL2");
    EXPECT_EQ(name(sysreg_id(3, 1, 15, 12, 7)), "S3_1_C15_C12_7");
    EXPECT_EQ(sysreg_owner(sysreg_id(3, 3, 14, 0, 0), false), "firmware's");
    EXPECT_EQ(sysreg_owner(sysreg_id(3, 3, 14, 0, 0), true), "");
    EXPECT_EQ(sysreg_owner(sysreg_id(3, 7, 1, 1, 0), true), "secure firmware's");
}

}  // namespace
}  // namespace isthmus::arch
