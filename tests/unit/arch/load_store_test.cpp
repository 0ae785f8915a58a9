// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/guest/load_store.hpp"

#include <gtest/gtest.h>

#include <string>

namespace isthmus::arch {
namespace {

const char* form_name(AccessForm form) {
    switch (form) {
        case AccessForm::none:
            return "none";
        case AccessForm::general:
            return "general";
        case AccessForm::vector:
            return "vector";
        case AccessForm::exclusive:
            return "exclusive";
        case AccessForm::atomic:
            return "atomic";
        case AccessForm::zero_block:
            return "zero";
        case AccessForm::unpredictable:
            return "unpredictable";
    }
    return "?";
}

std::string signed_number(i64 value) {
    return (value < 0 ? "" : "+") + std::to_string(value);
}

std::string index_text(const LoadStore& access) {
    static constexpr const char* extends[] = {"uxtw", "lsl", "sxtw", "sxtx"};
    return " +r" + std::to_string(access.index) + " " + extends[static_cast<usize>(access.extend)] +
           " " + std::to_string(access.shift);
}

/// "ld4 s64 r1 r2 [sp-8 +r3 uxtw 2] step-8": size, extension, registers, address, write-back.
std::string describe(const LoadStore& access) {
    if (access.form != AccessForm::general) {
        return form_name(access.form);
    }
    std::string text = (access.is_store ? "st" : "ld") + std::to_string(access.size);
    text += access.sign_extend ? (access.to_64 ? " s64" : " s32") : "";
    text += " r" + std::to_string(access.first);
    text += access.count == 2 ? " r" + std::to_string(access.second) : "";
    text += access.pc_relative  ? " [pc"
            : access.base == 31 ? " [sp"
                                : " [r" + std::to_string(access.base);
    text += signed_number(access.displacement);
    text += access.has_index ? index_text(access) : "";
    return text + "]" + (access.write_back ? " step" + signed_number(access.step) : "");
}

struct Word {
    u32 word;
    const char* assembly;
    const char* meaning;
};

/// Words made by the GNU assembler, meanings read from its text.
constexpr Word words[] = {
    {0xb800'4483, "str w3, [x4], #4", "st4 r3 [r4+0] step+4"},
    {0xb850'0c83, "ldr w3, [x4, #-256]!", "ld4 r3 [r4-256] step-256"},
    {0xf85f'8483, "ldr x3, [x4], #-8", "ld8 r3 [r4+0] step-8"},
    {0x3800'1cc5, "strb w5, [x6, #1]!", "st1 r5 [r6+1] step+1"},
    {0x7800'27ff, "strh wzr, [sp], #2", "st2 r31 [sp+0] step+2"},
    {0x384f'f4c5, "ldrb w5, [x6], #255", "ld1 r5 [r6+0] step+255"},
    {0x785f'ecc5, "ldrh w5, [x6, #-2]!", "ld2 r5 [r6-2] step-2"},
    {0x38c0'14c5, "ldrsb w5, [x6], #1", "ld1 s32 r5 [r6+0] step+1"},
    {0x3880'14c5, "ldrsb x5, [x6], #1", "ld1 s64 r5 [r6+0] step+1"},
    {0x78c0'2cc5, "ldrsh w5, [x6, #2]!", "ld2 s32 r5 [r6+2] step+2"},
    {0x7880'2cc5, "ldrsh x5, [x6, #2]!", "ld2 s64 r5 [r6+2] step+2"},
    {0xb880'44c5, "ldrsw x5, [x6], #4", "ld4 s64 r5 [r6+0] step+4"},
    {0xf841'0fff, "ldr xzr, [sp, #16]!", "ld8 r31 [sp+16] step+16"},
    {0xf81f'0fbe, "str x30, [x29, #-16]!", "st8 r30 [r29-16] step-16"},
    {0xb97f'fc41, "ldr w1, [x2, #16380]", "ld4 r1 [r2+16380]"},
    {0xf93f'fc41, "str x1, [x2, #32760]", "st8 r1 [r2+32760]"},
    {0x397f'fc41, "ldrb w1, [x2, #4095]", "ld1 r1 [r2+4095]"},
    {0xb980'0be1, "ldrsw x1, [sp, #8]", "ld4 s64 r1 [sp+8]"},
    {0xb85f'b041, "ldur w1, [x2, #-5]", "ld4 r1 [r2-5]"},
    {0xf80f'f041, "stur x1, [x2, #255]", "st8 r1 [r2+255]"},
    {0x78df'f041, "ldursh w1, [x2, #-1]", "ld2 s32 r1 [r2-1]"},
    {0xb840'4841, "ldtr w1, [x2, #4]", "ld4 r1 [r2+4]"},
    {0x381f'c841, "sttrb w1, [x2, #-4]", "st1 r1 [r2-4]"},
    {0xb863'6841, "ldr w1, [x2, x3]", "ld4 r1 [r2+0 +r3 lsl 0]"},
    {0xb863'7841, "ldr w1, [x2, x3, lsl #2]", "ld4 r1 [r2+0 +r3 lsl 2]"},
    {0xf863'4841, "ldr x1, [x2, w3, uxtw]", "ld8 r1 [r2+0 +r3 uxtw 0]"},
    {0xf863'5841, "ldr x1, [x2, w3, uxtw #3]", "ld8 r1 [r2+0 +r3 uxtw 3]"},
    {0xb823'd841, "str w1, [x2, w3, sxtw #2]", "st4 r1 [r2+0 +r3 sxtw 2]"},
    {0x7823'fbe1, "strh w1, [sp, x3, sxtx #1]", "st2 r1 [sp+0 +r3 sxtx 1]"},
    {0x387f'6841, "ldrb w1, [x2, xzr]", "ld1 r1 [r2+0 +r31 lsl 0]"},
    {0x38a3'c841, "ldrsb x1, [x2, w3, sxtw]", "ld1 s64 r1 [r2+0 +r3 sxtw 0]"},
    {0x1800'0041, "ldr w1, .+8", "ld4 r1 [pc+8]"},
    {0x5880'0001, "ldr x1, .-1048576", "ld8 r1 [pc-1048576]"},
    {0x987f'ffe1, "ldrsw x1, .+1048572", "ld4 s64 r1 [pc+1048572]"},
    {0x2940'0861, "ldp w1, w2, [x3]", "ld4 r1 r2 [r3+0]"},
    {0xa95f'8861, "ldp x1, x2, [x3, #504]", "ld8 r1 r2 [r3+504]"},
    {0xa9a0'7fe1, "stp x1, xzr, [sp, #-512]!", "st8 r1 r31 [sp-512] step-512"},
    {0x28a0'0861, "stp w1, w2, [x3], #-256", "st4 r1 r2 [r3+0] step-256"},
    {0x69ff'0861, "ldpsw x1, x2, [x3, #-8]!", "ld4 s64 r1 r2 [r3-8] step-8"},
    {0x6940'0861, "ldpsw x1, x2, [x3]", "ld4 s64 r1 r2 [r3+0]"},
    {0xa841'0861, "ldnp x1, x2, [x3, #16]", "ld8 r1 r2 [r3+16]"},
    {0x2800'0861, "stnp w1, w2, [x3]", "st4 r1 r2 [r3+0]"},
    {0xa8c1'7bfd, "ldp x29, x30, [sp], #16", "ld8 r29 r30 [sp+0] step+16"},
    {0x88df'fc41, "ldar w1, [x2]", "ld4 r1 [r2+0]"},
    {0xc89f'fc41, "stlr x1, [x2]", "st8 r1 [r2+0]"},
    {0x08df'ffe1, "ldarb w1, [sp]", "ld1 r1 [sp+0]"},
    {0xc8df'7c41, "ldlar x1, [x2]", "ld8 r1 [r2+0]"},
    {0x489f'7c41, "stllrh w1, [x2]", "st2 r1 [r2+0]"},
    {0xf8bf'c041, "ldapr x1, [x2]", "ld8 r1 [r2+0]"},
    {0x38bf'c041, "ldaprb w1, [x2]", "ld1 r1 [r2+0]"},
    {0x995f'c041, "ldapur w1, [x2, #-4]", "ld4 r1 [r2-4]"},
    {0x1980'7041, "ldapursb x1, [x2, #7]", "ld1 s64 r1 [r2+7]"},
    {0xd900'8041, "stlur x1, [x2, #8]", "st8 r1 [r2+8]"},
    {0x885f'7c41, "ldxr w1, [x2]", "exclusive"},
    {0xc803'7c41, "stxr w3, x1, [x2]", "exclusive"},
    {0x085f'fc41, "ldaxrb w1, [x2]", "exclusive"},
    {0x8803'fc41, "stlxr w3, w1, [x2]", "exclusive"},
    {0xc87f'0c41, "ldxp x1, x3, [x2]", "exclusive"},
    {0xc824'8c41, "stlxp w4, x1, x3, [x2]", "exclusive"},
    {0x88a1'7c62, "cas w1, w2, [x3]", "atomic"},
    {0x08e1'fc62, "casalb w1, w2, [x3]", "atomic"},
    {0x4820'7c82, "casp x0, x1, x2, x3, [x4]", "atomic"},
    {0xb821'0062, "ldadd w1, w2, [x3]", "atomic"},
    {0xf821'307f, "stset x1, [x3]", "atomic"},
    {0xf8e1'8062, "swpal x1, x2, [x3]", "atomic"},
    {0x7821'6062, "ldumaxh w1, w2, [x3]", "atomic"},
    {0x3dc0'0020, "ldr q0, [x1]", "vector"},
    {0xfc40'8420, "ldr d0, [x1], #8", "vector"},
    {0x3c00'1c20, "str b0, [x1, #1]!", "vector"},
    {0xad40'0420, "ldp q0, q1, [x1]", "vector"},
    {0x2c81'0420, "stp s0, s1, [x1], #8", "vector"},
    {0x1c00'0040, "ldr s0, .+8", "vector"},
    {0xfc62'7820, "ldr d0, [x1, x2, lsl #3]", "vector"},
    {0x7c1f'f020, "stur h0, [x1, #-1]", "vector"},
    {0x4c40'7820, "ld1 {v0.4s}, [x1]", "vector"},
    {0x0dbf'2c20, "st4 {v0.b, v1.b, v2.b, v3.b}[3], [x1], #4", "vector"},
    {0xd50b'7421, "dc zva, x1", "zero"},
    {0xd50b'7461, "dc gva, x1", "zero"},
    {0xf980'0020, "prfm pldl1keep, [x1]", "none"},
    {0xf89f'f020, "prfum pldl1keep, [x1, #-1]", "none"},
    {0xf8a2'6820, "prfm pldl1keep, [x1, x2]", "none"},
    {0xd800'0040, "prfm pldl1keep, .+8", "none"},
    {0xd50b'7e21, "dc civac, x1", "none"},
    {0xd920'0841, "stg x1, [x2]", "none"},
    {0xd960'0041, "ldg x1, [x2]", "none"},
    {0x6900'0861, "stgp x1, x2, [x3]", "none"},
    {0xf820'0441, "ldraa x1, [x2]", "none"},
    {0x8b03'0041, "add x1, x2, x3", "none"},
    {0xd503'201f, "nop", "none"},
    {0xd400'0001, "svc #0", "none"},
    {0x1400'0000, "b .", "none"},
    {0x1d01'0440, "cpyp [x0]!, [x1]!, x2!", "none"},
};

TEST(LoadStore, WordsOfTheAssembler) {
    for (const Word& each : words) {
        EXPECT_EQ(describe(decode_load_store(each.word)), each.meaning) << each.assembly;
    }
}

TEST(LoadStore, RegistersThatContradictEachOther) {
    for (const u32 word : {
             0xb840'4442U,  // ldr w2, [x2], #4
             0xf81f'8c42U,  // str x2, [x2, #-8]!
             0x2940'0821U,  // ldp w1, w2, [x1]: no write-back, so it may
             0xa8c1'0821U,  // ldp x1, x2, [x1], #16
             0xa9bf'0822U,  // stp x2, x2, [x1, #-16]!: a store may
             0x2940'0461U,  // ldp w1, w1, [x3]
         }) {
        const AccessForm form = decode_load_store(word).form;
        const bool fine = word == 0xa9bf'0822U || word == 0x2940'0821U;
        EXPECT_EQ(form, fine ? AccessForm::general : AccessForm::unpredictable) << std::hex << word;
    }
    // The stack pointer is no transfer register: 31 there is zero.
    EXPECT_EQ(describe(decode_load_store(0xf81f'0fff)), "st8 r31 [sp-16] step-16");
}

TEST(LoadStore, WhatIsNotAllocated) {
    for (const u32 word : {
             0x0000'0000U,                // udf
             0xffff'ffffU, 0xf9c0'0020U,  // size 3, opc 3
             0xb9c0'0020U,                // size 2, opc 3
             0xe940'0861U,                // pair, opc 3
             0x6840'0861U,                // no-allocate pair of signed words
             0xb863'2841U,                // index option 001
             0xf863'0841U,                // index option 000
             0xf880'0420U,                // post-indexed prefetch
         }) {
        EXPECT_EQ(decode_load_store(word).form, AccessForm::none) << std::hex << word;
    }
}

/// Address of the access and value that the base holds afterwards.
struct Place {
    u64 address;
    u64 after;
    bool operator==(const Place&) const = default;
};
Place place(u32 word, const GuestRegisters& registers) {
    constexpr u64 sp = 0x5000;
    constexpr u64 pc = 0x40'0000;
    const LoadStore access = decode_load_store(word);
    const u64 base = base_value(access, registers, sp, pc);
    return {access_address(access, registers, base), base + static_cast<u64>(access.step)};
}

TEST(LoadStore, Addresses) {
    GuestRegisters registers;
    registers.x[2] = 0x9000'0000;
    registers.x[3] = 0xffff'ffff'ffff'fffc;
    registers.x[4] = 0x900'1000;
    registers.x[31 - 1] = 7;
    const auto same = [](u64 address, u64 base) { return Place{address, base}; };
    EXPECT_EQ(place(0xb800'4483, registers), same(0x900'1000, 0x900'1004));    // [x4], #4
    EXPECT_EQ(place(0xb850'0c83, registers), same(0x900'0f00, 0x900'0f00));    // [x4, #-256]!
    EXPECT_EQ(place(0x7800'27ff, registers), same(0x5000, 0x5002));            // [sp], #2
    EXPECT_EQ(place(0xb863'6841, registers), same(0x8fff'fffc, 0x9000'0000));  // [x2, x3]
    EXPECT_EQ(place(0xb863'7841, registers), same(0x8fff'fff0, 0x9000'0000));  // [x2, x3, lsl #2]
    EXPECT_EQ(place(0xf863'5841, registers),
              same(0x9000'0000 + 0x7'ffff'ffe0, 0x9000'0000));                 // [x2, w3, uxtw #3]
    EXPECT_EQ(place(0xb823'd841, registers), same(0x8fff'fff0, 0x9000'0000));  // [x2, w3, sxtw #2]
    EXPECT_EQ(place(0x7823'fbe1, registers), same(0x4ff8, 0x5000));            // [sp, x3, sxtx #1]
    EXPECT_EQ(place(0x387f'6841, registers), same(0x9000'0000, 0x9000'0000));  // [x2, xzr]
    EXPECT_EQ(place(0x1800'0041, registers), same(0x40'0008, 0x40'0000));      // literal
}

}  // namespace
}  // namespace isthmus::arch
