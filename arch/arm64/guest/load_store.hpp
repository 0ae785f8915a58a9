// SPDX-License-Identifier: Apache-2.0
// A64 loads and stores, decoded from their words (Arm ARM C4.1.94): for accesses to an emulated
// device of which the CPU gives no description (ESR_EL2.ISV = 0). Pure: compiled and tested on the
// host, too. Any word may come in: a guest wrote it.
#pragma once

#include "arch/arm64/cpu/saved_registers.hpp"

namespace isthmus::arch {

/// What kind of access an instruction makes.
enum class AccessForm : u8 {
    none,           ///< no load or store that is known here
    general,        ///< one or two general registers: all fields of LoadStore count
    vector,         ///< SIMD and floating-point registers, which EL2 does not touch
    exclusive,      ///< load-exclusive, store-exclusive
    atomic,         ///< reads and writes at once (FEAT_LSE), or more than 16 bytes (FEAT_LS64)
    zero_block,     ///< DC ZVA and the like
    unpredictable,  ///< the registers contradict each other: CONSTRAINED UNPREDICTABLE
};

/// How the index register of an address is extended (Arm ARM: ExtendReg).
enum class IndexExtend : u8 { uxtw, lsl, sxtw, sxtx };

struct LoadStore {
    AccessForm form = AccessForm::none;
    bool is_store = false;
    u8 count = 1;              ///< registers: 2 for a pair
    u8 size = 0;               ///< bytes of each: 1, 2, 4, 8
    bool sign_extend = false;  ///< of a load
    bool to_64 = false;        ///< a sign-extending load fills 64 bits, else 32
    u8 first = 0;              ///< transfer registers; 31 is the zero register
    u8 second = 0;

    bool pc_relative = false;  ///< the base is the instruction's own address
    u8 base = 0;               ///< 31 is the stack pointer
    i64 displacement = 0;      ///< from base to access, in bytes
    bool has_index = false;    ///< an index register, extended and shifted, is added as well
    u8 index = 0;
    IndexExtend extend = IndexExtend::lsl;
    u8 shift = 0;
    bool write_back = false;  ///< afterwards the base has moved by `step`
    i64 step = 0;

    bool operator==(const LoadStore&) const = default;
};

LoadStore decode_load_store(u32 instruction);

/// What the base register holds; `sp` and `pc` are the guest's.
u64 base_value(const LoadStore& access, const GuestRegisters& registers, u64 sp, u64 pc);
/// The virtual address of the (first) access, from the base's value before it.
u64 access_address(const LoadStore& access, const GuestRegisters& registers, u64 base);

}  // namespace isthmus::arch
