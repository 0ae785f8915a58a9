// SPDX-License-Identifier: Apache-2.0
#include "chaos/words.hpp"

#include <iterator>

#include "runtime/smccc.hpp"

namespace isthmus::guest::chaos {
namespace {

bool is_branch(u32 word) {
    const u32 top6 = word >> 25 & 0x3f;
    return (word >> 26 & 0x1f) == 0b00101           // B, BL
           || word >> 25 == 0x54 >> 1               // B.cond
           || top6 == 0b011010 || top6 == 0b011011  // CBZ, TBZ and their like
           || word >> 25 == 0b1101011;              // BR, BLR, RET, ERET
}

/// WFE, WFI, WFET, WFIT.
bool sleeps(u32 word) {
    return (word & 0xffff'ffdf) == 0xd503'205f || (word & 0xffff'ffc0) == 0xd503'1000;
}

/// MSR of SCTLR and its like, of the registers of tables and memory types, and of VBAR.
bool moves_own_ground(u32 word) {
    if ((word & 0xfff0'0000) != 0xd510'0000) {
        return false;
    }
    const u32 op1 = word >> 16 & 7;
    const u32 crn = word >> 12 & 0xf;
    const u32 crm = word >> 8 & 0xf;
    const u32 op2 = word >> 5 & 7;
    if (op1 != 0) {
        return false;
    }
    const bool harmless_control = crn == 1 && crm == 0 && (op2 == 1 || op2 == 2);  // ACTLR, CPACR
    return (crn == 1 && !harmless_control) || crn == 2 || (crn == 10 && crm != 4) ||
           (crn == 12 && crm == 0 && op2 == 0);
}

/// Words that end QEMU (7.2) rather than the guest:
/// - MSR of ICC_BPR0_EL1 or ICC_BPR1_EL1. It takes a value above 7 for a large one and keeps its
///   low bits, and with 0 in them: "icv_gprio_mask: Assertion `bpr > 0' failed".
/// - Half-precision two-register miscellaneous, scalar and vector. Of the words not allocated there
///   some are: "disas_simd_two_reg_misc_fp16: code should not be reached".
bool ends_emulator(u32 word) {
    const u32 target = word & 0xffff'ffe0;
    const bool binary_point = target == 0xd518'c860 || target == 0xd518'cc60;
    const bool half_precision = (word & 0x8f7e'0c00) == 0x0e78'0800;
    return binary_point || half_precision;
}

constexpr u32 system_register(u32 op0, u32 op1, u32 crn, u32 crm, u32 op2) {
    return op0 << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5;
}

/// MSR or MRS: half of them of registers that a hypervisor has something to do with.
u32 choose_register_access(Random& random) {
    constexpr u32 watched[] = {
        system_register(3, 3, 14, 2, 0),  // CNTP_TVAL, CTL, CVAL
        system_register(3, 3, 14, 2, 1),
        system_register(3, 3, 14, 2, 2),
        system_register(3, 3, 14, 3, 1),  // CNTV_CTL, CVAL
        system_register(3, 3, 14, 3, 2),
        system_register(3, 0, 12, 11, 5),  // ICC_SGI1R, ASGI1R, SGI0R
        system_register(3, 0, 12, 11, 6),
        system_register(3, 0, 12, 11, 7),
        system_register(3, 0, 12, 12, 1),  // ICC_EOIR1, IAR1, BPR1, DIR
        system_register(3, 0, 12, 12, 0),
        system_register(3, 0, 12, 12, 3),
        system_register(3, 0, 12, 11, 1),
        system_register(3, 0, 4, 6, 0),  // ICC_PMR
        system_register(2, 0, 0, 2, 2),  // MDSCR, OSLAR, OSLSR, OSDLR
        system_register(2, 0, 1, 0, 4),
        system_register(2, 0, 1, 1, 4),
        system_register(2, 0, 1, 3, 4),
        system_register(2, 3, 0, 4, 0),   // DBGDTR
        system_register(3, 3, 9, 12, 0),  // PMCR, PMCCNTR
        system_register(3, 3, 9, 13, 0),
        system_register(3, 0, 1, 0, 1),   // ACTLR
        system_register(3, 0, 10, 4, 0),  // LORSA
        system_register(3, 0, 5, 3, 0),   // ERRIDR
        system_register(1, 0, 7, 6, 2),   // DC ISW, CISW
        system_register(1, 0, 7, 14, 2),
    };
    const u32 word = static_cast<u32>(random.next() >> 13);
    const u32 direction = word & u32{1} << 21;
    if (random.below(2) != 0) {
        return 0xd500'0000 | direction | watched[random.below(std::size(watched))] | (word & 0x1f);
    }
    const u32 op1 = random.below(2) != 0 ? 0 : 3;
    return (word & 0x0008'ffff) | 0xd510'0000 | direction | op1 << 16;
}

u32 any_word(Random& random) {
    const u32 word = static_cast<u32>(random.next() >> 13);
    switch (random.below(8)) {
        case 0:
        case 1:
            return (word & ~u32{0x0a00'0000}) | 0x0800'0000;  // loads and stores
        case 2:
            return (word & 0xc0df'ffff) | 0x3820'0000;  // atomics, register offsets
        case 3:
            return (word & 0x003f'ffff) | 0xd500'0000;  // system instructions and registers
        case 4:
            return choose_register_access(random);
        case 5:
            return (word & 0x00ff'ffff) | 0xd400'0000;  // SVC, HVC, SMC, BRK, HLT, DCPS
        case 6: {
            constexpr u32 calls[] = {0xd400'0002, 0xd400'0003, 0xd401'd422};
            return calls[random.below(3)];  // HVC #0, SMC #0, HVC #0xea1
        }
        default:
            return word;
    }
}

/// Functions of the calling convention near those that exist, and some that do not.
u64 choose_function(Random& random) {
    for (;;) {
        const u64 kind = random.below(4) << 30;
        const u64 owner = random.below(2) != 0 ? 4 : random.below(64);
        const u64 function = kind | owner << 24 | random.below(0x24);
        const u64 number = function & 0x3f00'ffff;
        const bool ends_guest = number == (psci::cpu_off & 0x3f00'ffff) ||
                                number == (psci::system_off & 0x3f00'ffff) ||
                                number == (psci::system_reset & 0x3f00'ffff) ||
                                number == (psci::system_reset2 & 0x3f00'ffff);
        if (!ends_guest) {
            return function | (random.below(4) == 0 ? random.next() << 32 : 0);
        }
    }
}

u64 choose_value(Random& random, std::span<const u64> places) {
    switch (random.below(8)) {
        case 0:
            return random.below(256);
        case 1:
            return ~random.below(256);
        case 2:
            // As 64 bits far away, as 32 bits from 2 GiB on, or as much below zero.
            return (random.next() & ~u64{0xc000'0000}) | u64{1} << 40 | 0x8000'0000;
        case 3:
            return places[random.below(places.size())] + random.below(0x10);
        default:
            return places[random.below(places.size())] + random.below(0x40) * 8;
    }
}

}  // namespace

u32 choose_word(Random& random) {
    for (;;) {
        const u32 word = any_word(random);
        if (!is_branch(word) && !sleeps(word) && !moves_own_ground(word) && !ends_emulator(word)) {
            return word;
        }
    }
}

void choose_registers(Random& random, std::span<const u64> places, ChaosState& state) {
    for (u64& value : state.x) {
        value = choose_value(random, places);
    }
    state.x[0] = random.below(2) != 0 ? choose_function(random) : state.x[0];
    state.sp = choose_value(random, places) & ~u64{0xf};
}

}  // namespace isthmus::guest::chaos
