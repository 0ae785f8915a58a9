// SPDX-License-Identifier: Apache-2.0
// The decoder of loads and stores against an encoder written from the same diagrams the other way
// round, and over words of every kind.
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <random>

#include "arch/arm64/guest/load_store.hpp"

namespace isthmus::arch {
namespace {

u32 field(u64 value, unsigned low, unsigned width) {
    return static_cast<u32>((value & ((u64{1} << width) - 1)) << low);
}

struct Operation {
    u64 size_log2 = 0;
    u64 opc = 0;
};

/// What a single register's access does: its size, direction and extension.
Operation choose_operation(LoadStore& access) {
    const u64 size = *rc::gen::inRange<u64>(0, 4);
    const u64 opc = size == 3   ? *rc::gen::inRange<u64>(0, 2)
                    : size == 2 ? *rc::gen::inRange<u64>(0, 3)
                                : *rc::gen::inRange<u64>(0, 4);
    access.form = AccessForm::general;
    access.size = static_cast<u8>(1u << size);
    access.is_store = opc == 0;
    access.sign_extend = opc >= 2;
    access.to_64 = opc == 2;
    access.first = *rc::gen::inRange<u8>(0, 32);
    access.base = *rc::gen::inRange<u8>(0, 32);
    return {size, opc};
}

u32 single_word(const LoadStore& access, Operation operation) {
    return field(operation.size_log2, 30, 2) | field(0b111, 27, 3) | field(operation.opc, 22, 2) |
           field(access.base, 5, 5) | field(access.first, 0, 5);
}

bool contradicts(const LoadStore& access) {
    return access.write_back && access.base != 31 &&
           (access.base == access.first || (access.count == 2 && access.base == access.second));
}

void expect_decoded(u32 word, const LoadStore& access) {
    const LoadStore decoded = decode_load_store(word);
    if (contradicts(access) ||
        (access.count == 2 && !access.is_store && access.first == access.second)) {
        RC_ASSERT(decoded.form == AccessForm::unpredictable);
    } else {
        RC_ASSERT(decoded == access);
    }
}

RC_GTEST_PROP(LoadStoreProperty, SmallOffsets, ()) {
    LoadStore access;
    const Operation operation = choose_operation(access);
    const u64 mode = *rc::gen::inRange<u64>(0, 4);
    const i64 offset = *rc::gen::inRange(-256, 256);
    access.write_back = mode == 1 || mode == 3;
    access.displacement = mode == 1 ? 0 : offset;
    access.step = access.write_back ? offset : 0;
    expect_decoded(single_word(access, operation) | field(static_cast<u64>(offset), 12, 9) |
                       field(mode, 10, 2),
                   access);
}

RC_GTEST_PROP(LoadStoreProperty, LargeOffsets, ()) {
    LoadStore access;
    const Operation operation = choose_operation(access);
    const u64 scaled = *rc::gen::inRange<u64>(0, 4096);
    access.displacement = static_cast<i64>(scaled * access.size);
    expect_decoded(single_word(access, operation) | field(1, 24, 1) | field(scaled, 10, 12),
                   access);
}

RC_GTEST_PROP(LoadStoreProperty, IndexRegisters, ()) {
    LoadStore access;
    const Operation operation = choose_operation(access);
    const auto extend = *rc::gen::element(0b010, 0b011, 0b110, 0b111);
    const u64 scaled = *rc::gen::inRange<u64>(0, 2);
    access.has_index = true;
    access.index = *rc::gen::inRange<u8>(0, 32);
    access.extend = extend == 0b010   ? IndexExtend::uxtw
                    : extend == 0b011 ? IndexExtend::lsl
                    : extend == 0b110 ? IndexExtend::sxtw
                                      : IndexExtend::sxtx;
    access.shift = scaled != 0 ? static_cast<u8>(operation.size_log2) : u8{0};
    expect_decoded(single_word(access, operation) | field(1, 21, 1) | field(access.index, 16, 5) |
                       field(static_cast<u64>(extend), 13, 3) | field(scaled, 12, 1) |
                       field(0b10, 10, 2),
                   access);
}

RC_GTEST_PROP(LoadStoreProperty, Pairs, ()) {
    LoadStore access;
    access.form = AccessForm::general;
    access.count = 2;
    const u64 opc = *rc::gen::inRange<u64>(0, 3);
    access.is_store = opc != 1 && *rc::gen::arbitrary<bool>();
    access.size = opc == 2 ? 8 : 4;
    access.sign_extend = access.to_64 = opc == 1;
    access.first = *rc::gen::inRange<u8>(0, 32);
    access.second = *rc::gen::inRange<u8>(0, 32);
    access.base = *rc::gen::inRange<u8>(0, 32);
    const u64 mode = *rc::gen::inRange<u64>(opc == 1 ? 1 : 0, 4);
    const i64 scaled = *rc::gen::inRange(-64, 64);
    access.write_back = mode == 1 || mode == 3;
    access.displacement = mode == 1 ? 0 : scaled * access.size;
    access.step = access.write_back ? scaled * access.size : 0;
    expect_decoded(field(opc, 30, 2) | field(0b101, 27, 3) | field(mode, 23, 2) |
                       field(access.is_store ? 0 : 1, 22, 1) |
                       field(static_cast<u64>(scaled), 15, 7) | field(access.second, 10, 5) |
                       field(access.base, 5, 5) | field(access.first, 0, 5),
                   access);
}

void expect_sane(u32 word) {
    const LoadStore access = decode_load_store(word);
    if (access.form != AccessForm::general) {
        ASSERT_EQ(access, LoadStore{.form = access.form}) << std::hex << word;
        return;
    }
    const bool one_size =
        access.size == 1 || access.size == 2 || access.size == 4 || access.size == 8;
    const bool is_sane = one_size && access.count <= 2 && access.shift <= 3 && access.first <= 31 &&
                         access.second <= 31 && access.base <= 31 && access.index <= 31 &&
                         !(access.is_store && access.sign_extend) && !contradicts(access) &&
                         !(access.pc_relative && access.write_back);
    ASSERT_TRUE(is_sane) << std::hex << word;
    const GuestRegisters registers;
    access_address(access, registers, base_value(access, registers, ~u64{0}, 0));
}

/// Every value of the bits that tell instructions apart (31:21 and 15:10), with registers and
/// immediates at random.
TEST(LoadStoreProperty, WordsOfEveryKind) {
    std::mt19937 random(1);
    for (u32 high = 0; high < 1u << 11; ++high) {
        for (u32 low = 0; low < 1u << 6; ++low) {
            const u32 rest = static_cast<u32>(random()) & 0x001f'03ff;
            ASSERT_NO_FATAL_FAILURE(expect_sane(high << 21 | low << 10 | rest));
        }
    }
    for (u32 i = 0; i < 2'000'000; ++i) {
        ASSERT_NO_FATAL_FAILURE(expect_sane(static_cast<u32>(random())));
    }
}

}  // namespace
}  // namespace isthmus::arch
