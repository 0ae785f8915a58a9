// SPDX-License-Identifier: Apache-2.0
// A vCPU's debug registers: what it wrote, what it reads back, and which words of it the machine is
// given (Arm ARM D2, D19.3). Every access traps (MDCR_EL2.TDA, TDOSA, TDRA), so this image is
// always the truth; the machine's own registers hold something only while a vCPU runs that uses
// them. Pure: compiled and tested on the host, too; debug_unit.cpp moves it.
#pragma once

#include <array>

#include "arch/arm64/cpu/esr.hpp"

namespace isthmus::arch {

inline constexpr unsigned most_debug_pairs = 16;

/// MDSCR_EL1, Monitor Debug System Control Register.
namespace mdscr {
inline constexpr u64 ss = bit(0);     ///< software step
inline constexpr u64 tdcc = bit(12);  ///< EL0 may not use the communications channel
inline constexpr u64 kde = bit(13);   ///< debug exceptions from EL1, too
inline constexpr u64 mde = bit(15);   ///< breakpoints and watchpoints
/// What a guest keeps of what it writes. All else is an external debugger's, or of newer features.
inline constexpr u64 kept = ss | tdcc | kde | mde;
}  // namespace mdscr

/// DBGBCR<n>_EL1 and DBGWCR<n>_EL1; Privilege is PMC there and PAC here.
namespace debug_control {
using Enable = BitField<0>;
using Privilege = BitField<1, 2>;
using Hmc = BitField<13>;
using Ssc = BitField<14, 2>;
using BreakpointType = BitField<20, 4>;
inline constexpr u64 breakpoint_kept = 0x00ff'e1e7;  ///< BT, LBN, SSC, HMC, BAS, PMC, E
inline constexpr u64 watchpoint_kept = 0x1f1f'ffff;  ///< MASK, WT, LBN, SSC, HMC, BAS, LSC, PAC, E
}  // namespace debug_control

/// What this CPU has, from ID_AA64DFR0_EL1.
struct DebugUnit {
    unsigned breakpoints = 0;  ///< 2 to 16
    unsigned watchpoints = 0;
    bool double_lock = false;

    static constexpr DebugUnit of(u64 dfr0) {
        return {.breakpoints = static_cast<unsigned>(BitField<12, 4>::get(dfr0)) + 1,
                .watchpoints = static_cast<unsigned>(BitField<20, 4>::get(dfr0)) + 1,
                .double_lock = BitField<36, 4>::get(dfr0) == 0};
    }
};

struct DebugPair {
    u64 value = 0;    ///< DBGBVR<n>_EL1 or DBGWVR<n>_EL1
    u64 control = 0;  ///< DBGBCR<n>_EL1 or DBGWCR<n>_EL1
};
using DebugPairs = std::array<DebugPair, most_debug_pairs>;

/// As after a reset, but for the OS lock, which firmware leaves open.
struct DebugState {
    /// MDSCR_EL1 while the vCPU runs. 0: it uses nothing of the debug unit, and all stays zero.
    u64 machine_mdscr = 0;
    u64 mdscr = 0;
    bool os_lock = false;
    bool double_lock = false;
    u8 claims = 0;  ///< DBGCLAIMSET_EL1, DBGCLAIMCLR_EL1
    /// A bit for each whose control word for the machine is not 0.
    u16 live_breakpoints = 0;
    u16 live_watchpoints = 0;
    DebugPairs breakpoints{};
    DebugPairs watchpoints{};

    /// Its breakpoints and watchpoints are in the machine while it runs.
    bool uses_pairs() const { return (machine_mdscr & mdscr::mde) != 0; }
};

/// One register as the guest names it.
struct DebugRegister {
    enum class Kind : u8 {
        none,     ///< not one that is offered, or not in this direction
        ignored,  ///< reads as zero, ignores writes: an external debugger's
        mdscr,
        os_lock,         ///< OSLAR_EL1
        os_lock_status,  ///< OSLSR_EL1
        double_lock,     ///< OSDLR_EL1
        claim_set,
        claim_clear,
        breakpoint,  ///< these two: a pair's value or control
        watchpoint,
    };

    Kind kind = Kind::none;
    bool is_control = false;
    u8 number = 0;

    bool is_pair() const { return kind == Kind::breakpoint || kind == Kind::watchpoint; }
};

/// The register of this encoding (`sysreg_id`) on a CPU with this unit.
DebugRegister debug_register(u32 id, bool is_read, DebugUnit unit);
u64 read_debug(const DebugState& state, DebugRegister which);
/// Changes the image alone.
void write_debug(DebugState& state, DebugRegister which, u64 value, DebugUnit unit);

/// The control word that the machine is given, 0 where it must not be in use. A guest has EL1 and
/// EL0: what would match EL2, VMIDs or EL2's context, or secure state alone, matches nothing.
u64 machine_breakpoint_control(u64 control);
u64 machine_watchpoint_control(u64 control);

}  // namespace isthmus::arch
