// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/guest/load_store.hpp"

#include "isthmus/bits.hpp"

namespace isthmus::arch {
namespace {

// Fields of the load and store encodings, by the names of the Arm ARM's diagrams.
using Rt = BitField<0, 5>;
using Rn = BitField<5, 5>;
using Rt2 = BitField<10, 5>;
using Kind = BitField<10, 2>;  ///< of the forms with imm9 or a register offset
using Scaled = BitField<12>;   ///< S: the index counts elements
using Option = BitField<13, 3>;
using Rm = BitField<16, 5>;
using Imm7 = BitField<15, 7>;
using Imm9 = BitField<12, 9>;
using Imm12 = BitField<10, 12>;
using Imm19 = BitField<5, 19>;
using RegisterForm = BitField<21>;  ///< register offset or atomic, not imm9
using Load = BitField<22>;          ///< L, of pairs, exclusives and ordered accesses
using Opc = BitField<22, 2>;
using PairMode = BitField<23, 2>;
using Unsigned = BitField<24>;  ///< imm12, unsigned and scaled
using Vector = BitField<26>;    ///< V
using Size = BitField<30, 2>;

/// Modes of imm9 (Kind) and of pairs (PairMode) agree in these two.
constexpr u64 mode_post_index = 0b01;
constexpr u64 mode_pre_index = 0b11;
constexpr u64 mode_no_allocate = 0b00;

i64 sign_extended(u64 value, unsigned bits) {
    const u64 sign = bit(bits - 1);
    return static_cast<i64>((value ^ sign) - sign);
}

LoadStore of_form(AccessForm form) {
    LoadStore access;
    access.form = form;
    return access;
}

/// A load of one general register from where its base points.
LoadStore plain(u32 word) {
    LoadStore access = of_form(AccessForm::general);
    access.size = static_cast<u8>(1u << Size::get(word));
    access.first = static_cast<u8>(Rt::get(word));
    access.base = static_cast<u8>(Rn::get(word));
    return access;
}

/// One general register, by size and opc, which all single forms share. Prefetches and what is not
/// allocated are `none`.
LoadStore single(u32 word) {
    const u64 size = Size::get(word);
    const u64 opc = Opc::get(word);
    if (Vector::get(word) != 0) {
        return of_form(AccessForm::vector);
    }
    if ((size == 3 && opc >= 2) || (size == 2 && opc == 3)) {
        return {};
    }
    LoadStore access = plain(word);
    access.is_store = opc == 0;
    access.sign_extend = opc >= 2;
    access.to_64 = opc == 2;
    return access;
}

/// Pre- and post-indexed forms. A base that is transferred as well contradicts itself.
void set_mode(LoadStore& access, u64 mode, i64 offset) {
    access.write_back = mode == mode_pre_index || mode == mode_post_index;
    access.displacement = mode == mode_post_index ? 0 : offset;
    access.step = access.write_back ? offset : 0;
    const bool transferred =
        access.first == access.base || (access.count == 2 && access.second == access.base);
    if (access.form == AccessForm::general && access.write_back && access.base != 31 &&
        transferred) {
        access = of_form(AccessForm::unpredictable);
    }
}

/// Load register (literal): opc 00 and 01 are W and X, 10 is LDRSW, 11 prefetches.
LoadStore literal(u32 word) {
    const u64 opc = Size::get(word);
    if (Vector::get(word) != 0) {
        return of_form(AccessForm::vector);
    }
    if (opc == 3) {
        return {};
    }
    LoadStore access = of_form(AccessForm::general);
    access.size = opc == 1 ? 8 : 4;
    access.sign_extend = access.to_64 = opc == 2;
    access.first = static_cast<u8>(Rt::get(word));
    access.pc_relative = true;
    access.displacement = sign_extended(Imm19::get(word), 19) * 4;
    return access;
}

/// LDP, STP, LDPSW, LDNP, STNP.
LoadStore pair(u32 word) {
    const u64 opc = Size::get(word);
    const bool is_load = Load::get(word) != 0;
    const u64 mode = PairMode::get(word);
    if (Vector::get(word) != 0) {
        return of_form(AccessForm::vector);
    }
    if (opc == 3 || (opc == 1 && (!is_load || mode == mode_no_allocate))) {
        return {};
    }
    LoadStore access = of_form(AccessForm::general);
    access.is_store = !is_load;
    access.count = 2;
    access.size = opc == 2 ? 8 : 4;
    access.sign_extend = access.to_64 = opc == 1;
    access.first = static_cast<u8>(Rt::get(word));
    access.second = static_cast<u8>(Rt2::get(word));
    access.base = static_cast<u8>(Rn::get(word));
    if (is_load && access.first == access.second) {
        return of_form(AccessForm::unpredictable);
    }
    set_mode(access, mode, sign_extended(Imm7::get(word), 7) * access.size);
    return access;
}

/// LDR and STR with an index register.
LoadStore register_offset(u32 word) {
    LoadStore access = single(word);
    const u64 option = Option::get(word);
    if ((option & 0b010) == 0) {
        return {};  // not a 32- or 64-bit index
    }
    access.has_index = true;
    access.index = static_cast<u8>(Rm::get(word));
    access.extend = static_cast<IndexExtend>((option & 1) | (option & 4) >> 1);
    access.shift = Scaled::get(word) != 0 ? static_cast<u8>(Size::get(word)) : u8{0};
    return access;
}

/// FEAT_LSE's operations, among which LDAPR is a plain load.
LoadStore atomic(u32 word) {
    constexpr u32 ldapr_mask = 0x3fff'fc00;
    constexpr u32 ldapr = 0x38bf'c000;
    if (Vector::get(word) != 0 || (word & ldapr_mask) != ldapr) {
        return of_form(AccessForm::atomic);
    }
    return plain(word);
}

/// Bits 29:27 = 111: single registers with every kind of address.
LoadStore single_register(u32 word) {
    const u64 kind = Kind::get(word);
    if (Unsigned::get(word) != 0) {
        LoadStore access = single(word);
        access.displacement = static_cast<i64>(Imm12::get(word) << Size::get(word));
        return access;
    }
    if (RegisterForm::get(word) != 0) {
        // Kind 00: atomics; 10: register offset; the rest is pointer authentication, not offered.
        return kind == 0b00 ? atomic(word) : kind == 0b10 ? register_offset(word) : LoadStore{};
    }
    LoadStore access = single(word);
    if (access.form == AccessForm::general) {
        set_mode(access, kind, sign_extended(Imm9::get(word), 9));
    }
    return access;
}

/// Bits 29:24 = 001000: exclusives, LDAR and STLR, compare and swap.
LoadStore exclusive_or_ordered(u32 word) {
    using O1 = BitField<21>;
    using O2 = BitField<23>;
    using NoPair = BitField<31>;
    if (O2::get(word) == 0) {
        const bool swaps = O1::get(word) != 0 && NoPair::get(word) == 0;
        return of_form(swaps ? AccessForm::atomic : AccessForm::exclusive);
    }
    if (O1::get(word) != 0) {
        return of_form(AccessForm::atomic);
    }
    LoadStore access = plain(word);
    access.is_store = Load::get(word) == 0;
    return access;
}

/// Bits 29:24 = 011001: LDAPUR, STLUR and their like (FEAT_LRCPC2). With other low bits it is
/// memory tagging, memory copies and more, none of which is offered.
LoadStore unscaled_ordered(u32 word) {
    if (RegisterForm::get(word) != 0 || Kind::get(word) != 0) {
        return {};
    }
    LoadStore access = single(word);
    access.displacement = sign_extended(Imm9::get(word), 9);
    return access;
}

LoadStore decode_class(u32 instruction) {
    constexpr u32 zva_mask = 0xffff'ff00;
    constexpr u32 zva = 0xd50b'7400;  // DC ZVA, GVA, GZVA: op1 3, CRn 7, CRm 4
    if ((instruction & zva_mask) == zva && (instruction & 0xe0) != 0) {
        return of_form(AccessForm::zero_block);
    }
    switch ((instruction >> 24) & 0x3f) {
        case 0b001000:
            return exclusive_or_ordered(instruction);
        case 0b001100:
        case 0b001101:
            return of_form(AccessForm::vector);  // structures
        case 0b011000:
        case 0b011100:
            return literal(instruction);
        case 0b011001:
            return unscaled_ordered(instruction);
        case 0b011101:
            // Ordered (FEAT_LRCPC3); with other low bits memory copies, which are not offered.
            return Kind::get(instruction) == 0b10 ? of_form(AccessForm::vector) : LoadStore{};
        case 0b101000:
        case 0b101001:
        case 0b101100:
        case 0b101101:
            return pair(instruction);
        case 0b111000:
        case 0b111001:
        case 0b111100:
        case 0b111101:
            return single_register(instruction);
        default:
            return {};
    }
}

}  // namespace

LoadStore decode_load_store(u32 instruction) {
    const LoadStore access = decode_class(instruction);
    return access.form == AccessForm::general ? access : of_form(access.form);
}

u64 base_value(const LoadStore& access, const GuestRegisters& registers, u64 sp, u64 pc) {
    if (access.pc_relative) {
        return pc;
    }
    return access.base == 31 ? sp : registers.read(access.base);
}

u64 access_address(const LoadStore& access, const GuestRegisters& registers, u64 base) {
    u64 address = base + static_cast<u64>(access.displacement);
    if (access.has_index) {
        const u64 index = registers.read(access.index);
        const auto low = static_cast<u32>(index);
        const u64 extended = access.extend == IndexExtend::uxtw ? low
                             : access.extend == IndexExtend::sxtw
                                 ? static_cast<u64>(i64{static_cast<i32>(low)})
                                 : index;
        address += extended << access.shift;
    }
    return address;
}

}  // namespace isthmus::arch
