// SPDX-License-Identifier: Apache-2.0
// The debug unit of this guest's CPU (Arm ARM D2), used by EL1 on itself.
#pragma once

#include "isthmus/bits.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest::debug {

inline constexpr u64 mdscr_ss = bit(0);
inline constexpr u64 mdscr_kde = bit(13);
inline constexpr u64 mdscr_mde = bit(15);

inline constexpr u64 ec_breakpoint = 0x31;  ///< these from EL1 itself
inline constexpr u64 ec_step = 0x33;
inline constexpr u64 ec_watchpoint = 0x35;
inline constexpr u64 ec_brk = 0x3c;

inline constexpr u64 spsr_ss = bit(21);
inline constexpr u64 spsr_d = bit(9);

/// Control words: enabled, at EL1.
inline constexpr u64 breakpoint_on = bit(0) | bit(1) | 0xf << 5;  ///< all four bytes
constexpr u64 watchpoint_on(u64 bytes, u64 access) {
    return bit(0) | bit(1) | access << 3 | bytes << 5;
}
inline constexpr u64 on_load = 1;
inline constexpr u64 on_store = 2;

u64 breakpoints();  ///< how many ID_AA64DFR0_EL1 says
u64 watchpoints();
/// By number, of those that there are.
void set_breakpoint(u64 number, u64 value, u64 control);
void set_watchpoint(u64 number, u64 value, u64 control);

/// Value and control as they read back.
struct Pair {
    u64 value = 0;
    u64 control = 0;
    bool operator==(const Pair&) const = default;
};
Pair breakpoint(u64 number);
Pair watchpoint(u64 number);

/// What came of running something: debug exceptions by kind, and where they were.
struct Seen {
    u32 breakpoints = 0;
    u32 watchpoints = 0;
    u32 steps = 0;
    u64 elr = 0;  ///< of the last
    u64 far = 0;
};
/// From now on debug exceptions are counted, and what they stopped is done by a single step, with
/// the unit's pairs off. Nothing else may use BRK meanwhile.
void count_exceptions();
Seen& seen();
/// What of MDSCR_EL1 is on between such steps.
void enable(u64 mdscr);

/// Steps through `first` to `last`, one instruction after the other, and back to the caller; the
/// addresses at which it stopped are in `stops`. An instruction that faults ends it: `fault_elr`
/// and `fault_spsr` say where. In debug/stepping.cpp.
struct Stepped {
    u32 count = 0;
    u64 stops[32]{};
    bool faulted = false;
    u64 fault_elr = 0;
    u64 fault_spsr = 0;
};
Stepped step_through(void (*sequence)(u64), u64 argument);

/// 1 for a failure.
u32 report(const char* name, bool passed, u64 seen_value = 0);
u32 check_pairs();
u32 check_steps();
/// Holds a breakpoint and a watchpoint, or steps, until the counter says `end`.
u32 hold(u64 use, u64 end);

}  // namespace isthmus::guest::debug
