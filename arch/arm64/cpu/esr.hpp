// SPDX-License-Identifier: Apache-2.0
// ESR_ELx, decoded once (Arm ARM D19.2.38). Pure: compiled and tested on the host, too.
#pragma once

#include <string_view>

#include "isthmus/bits.hpp"

namespace isthmus::arch {

/// Exception classes Isthmus meets; every other value prints as a number.
enum class ExceptionClass : u8 {
    unknown = 0x00,
    wfx = 0x01,
    fp_access = 0x07,
    illegal_state = 0x0e,
    hvc64 = 0x16,
    smc64 = 0x17,
    sysreg = 0x18,
    sve = 0x19,
    instruction_abort_lower = 0x20,
    instruction_abort_same = 0x21,
    pc_alignment = 0x22,
    data_abort_lower = 0x24,
    data_abort_same = 0x25,
    sp_alignment = 0x26,
    serror = 0x2f,
    breakpoint_same = 0x31,
    brk64 = 0x3c,
};

/// Status codes of aborts that Isthmus gives to guests.
enum class FaultStatus : u8 {
    external_abort = 0x10,
    /// On a walk of the guest's tables. Which level's cannot be known: it says 0.
    external_abort_on_walk = 0x14,
    alignment = 0x21,
    unsupported_exclusive = 0x35,  ///< or atomic
};

struct Syndrome {
    u64 raw = 0;

    using Iss = BitField<0, 25>;
    using Il = BitField<25>;
    using Ec = BitField<26, 6>;

    constexpr ExceptionClass exception_class() const {
        return static_cast<ExceptionClass>(Ec::get(raw));
    }
    /// The trapped instruction's length in bytes.
    constexpr u64 instruction_length() const { return 2 + 2 * Il::get(raw); }
    /// WFx: WFI, and not WFE or one of those with a timeout, which may end at any time.
    constexpr bool is_wait_for_interrupt() const { return (raw & 0x3) == 0; }
    /// HVC and SMC: the instruction's immediate.
    constexpr u16 immediate() const { return static_cast<u16>(raw & 0xffff); }
};

/// A stage-2 data abort from a guest (EC 0x24), ISS fields.
struct DataAbort {
    u64 raw = 0;

    using Dfsc = BitField<0, 6>;
    using Wnr = BitField<6>;
    using S1ptw = BitField<7>;
    using Cm = BitField<8>;
    using Fnv = BitField<10>;
    using Sf = BitField<15>;
    using Srt = BitField<16, 5>;
    using Sse = BitField<21>;
    using Sas = BitField<22, 2>;
    using Isv = BitField<24>;

    constexpr bool has_instruction() const { return Isv::get(raw) != 0; }
    constexpr bool is_write() const { return Wnr::get(raw) != 0; }
    constexpr bool is_cache_maintenance() const { return Cm::get(raw) != 0; }
    constexpr bool on_table_walk() const { return S1ptw::get(raw) != 0; }
    constexpr unsigned access_size() const { return 1u << Sas::get(raw); }
    constexpr unsigned transfer_register() const { return static_cast<unsigned>(Srt::get(raw)); }
    constexpr bool sign_extend() const { return Sse::get(raw) != 0; }
    constexpr bool is_64_bit() const { return Sf::get(raw) != 0; }
    /// Status codes 0b0001LL translation, 0b0010LL access flag, 0b0011LL permission.
    constexpr bool is_translation_fault() const { return (raw & 0x3c) == 0x04; }
    constexpr bool is_permission_fault() const { return (raw & 0x3c) == 0x0c; }
    /// Whether HPFAR_EL2 has the guest page: not after a permission fault of the access itself.
    constexpr bool has_guest_page() const { return on_table_walk() || !is_permission_fault(); }
};

/// A trapped MSR, MRS or system instruction (EC 0x18), ISS fields.
struct SysregTrap {
    u64 raw = 0;

    using Direction = BitField<0>;
    using Crm = BitField<1, 4>;
    using Rt = BitField<5, 5>;
    using Crn = BitField<10, 4>;
    using Op1 = BitField<14, 3>;
    using Op2 = BitField<17, 3>;
    using Op0 = BitField<20, 2>;

    constexpr bool is_read() const { return Direction::get(raw) != 0; }
    constexpr unsigned transfer_register() const { return static_cast<unsigned>(Rt::get(raw)); }
    /// Op0, Op1, CRn, CRm, Op2 as in the instruction: what `sysreg_id` makes.
    constexpr u32 id() const {
        return static_cast<u32>(raw & (Op0::mask | Op1::mask | Crn::mask | Crm::mask | Op2::mask));
    }
};

constexpr u32 sysreg_id(u64 op0, u64 op1, u64 crn, u64 crm, u64 op2) {
    return static_cast<u32>(SysregTrap::Op0::of(op0) | SysregTrap::Op1::of(op1) |
                            SysregTrap::Crn::of(crn) | SysregTrap::Crm::of(crm) |
                            SysregTrap::Op2::of(op2));
}

/// "data abort, EL2 itself" and the like; "unknown class" for what is not listed.
std::string_view exception_class_name(ExceptionClass ec);
/// "translation fault, level 2" and the like, from the status code of an abort.
std::string_view fault_status_name(u64 iss);

}  // namespace isthmus::arch
