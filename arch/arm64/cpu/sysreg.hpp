// SPDX-License-Identifier: Apache-2.0
// System registers and barriers: the only place, beside the .S files, that holds assembler words.
#pragma once

#include "isthmus/types.hpp"

/// `name` as the assembler knows it, or as s<op0>_<op1>_c<n>_c<m>_<op2>.
#define ISTHMUS_READ_SYSREG(name)                                       \
    __extension__({                                                     \
        ::isthmus::u64 isthmus_value;                                   \
        asm volatile("mrs %0, " #name : "=r"(isthmus_value)::"memory"); \
        isthmus_value;                                                  \
    })
#define ISTHMUS_WRITE_SYSREG(name, value)                                    \
    do {                                                                     \
        const ::isthmus::u64 isthmus_written = (value);                      \
        asm volatile("msr " #name ", %0" ::"r"(isthmus_written) : "memory"); \
    } while (false)

namespace isthmus::arch {

inline void isb() {
    asm volatile("isb" ::: "memory");
}
inline void dsb_sy() {
    asm volatile("dsb sy" ::: "memory");
}
inline void dmb_sy() {
    asm volatile("dmb sy" ::: "memory");
}
inline void dsb_nsh() {
    asm volatile("dsb nsh" ::: "memory");
}
inline void dsb_ish() {
    asm volatile("dsb ish" ::: "memory");
}
inline void dsb_ishst() {
    asm volatile("dsb ishst" ::: "memory");
}
/// Error synchronization barrier: a pending SError is deferred to DISR_EL1. Nothing without RAS.
inline void esb() {
    asm volatile("hint #16" ::: "memory");
}
/// PSTATE.D, A, I, F.
inline void mask_exceptions() {
    asm volatile("msr daifset, #0xf" ::: "memory");
}
inline void wfi() {
    asm volatile("wfi" ::: "memory");
}

/// A broadcast TLBI, done twice: on Cortex-A55 (erratum 2441007), A76 (1286807) and A510 (2441009)
/// the DSB behind the first may end before all accesses that used the old entries have, the one
/// behind the second does not. On every CPU: changes of maps are rare.
#define ISTHMUS_BROADCAST_TLBI(operation, ...)                                                  \
    asm volatile("tlbi " operation "\n\tdsb ish\n\ttlbi " operation "\n\tdsb ish" ::__VA_ARGS__ \
                 : "memory")

/// All inner-shareable CPUs forget stage-1 and stage-2 entries of the current VMID / of all VMIDs /
/// of EL2.
inline void tlbi_vmalls12e1is() {
    ISTHMUS_BROADCAST_TLBI("vmalls12e1is");
}
inline void tlbi_alle1is() {
    ISTHMUS_BROADCAST_TLBI("alle1is");
}
inline void tlbi_alle2is() {
    ISTHMUS_BROADCAST_TLBI("alle2is");
}
inline void tlbi_ipas2e1is(u64 ipa) {
    ISTHMUS_BROADCAST_TLBI("ipas2e1is, %0", "r"(ipa >> 12));
}
/// This CPU forgets stage-1 entries of the current VMID.
inline void tlbi_vmalle1() {
    asm volatile("tlbi vmalle1" ::: "memory");
}
inline void tlbi_vmalle1is() {
    ISTHMUS_BROADCAST_TLBI("vmalle1is");
}
#undef ISTHMUS_BROADCAST_TLBI

/// This CPU goes on with another root of EL2's own map. In one piece: nothing is loaded or stored
/// that could be translated by a bit of both.
inline void switch_own_map(u64 root) {
    asm volatile(
        "msr ttbr0_el2, %0\n"
        "isb\n"
        "tlbi alle2\n"
        "dsb nsh\n"
        "isb" ::"r"(root)
        : "memory");
}
/// This CPU forgets a page of EL2's own map.
inline void tlbi_vae2(u64 va) {
    asm volatile("tlbi vae2, %0" ::"r"(va >> 12) : "memory");
}
/// Stage 1 of the current guest, as EL1, or EL0, reads; the answer is in PAR_EL1 after an ISB.
inline void at_s1e1r(u64 va) {
    asm volatile("at s1e1r, %0" ::"r"(va) : "memory");
}
/// The same through stage 2, too.
inline void at_s12e1r(u64 va) {
    asm volatile("at s12e1r, %0" ::"r"(va) : "memory");
}
inline void at_s1e0r(u64 va) {
    asm volatile("at s1e0r, %0" ::"r"(va) : "memory");
}

inline void at_s1e1w(u64 va) {
    asm volatile("at s1e1w, %0" ::"r"(va) : "memory");
}

/// SMC #0 with up to three arguments (SMC Calling Convention); the firmware may change x1 to x17.
inline u64 smc_call(u64 function, u64 arg1 = 0, u64 arg2 = 0, u64 arg3 = 0) {
    register u64 x0 asm("x0") = function;
    register u64 x1 asm("x1") = arg1;
    register u64 x2 asm("x2") = arg2;
    register u64 x3 asm("x3") = arg3;
    asm volatile("smc #0"
                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                 :
                 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                   "x16", "x17", "memory");
    return x0;
}

inline void yield() {
    asm volatile("yield" ::: "memory");
}

/// Eight cache operations on successive addresses, `step` bytes apart; returns the next address.
// clang-format off
#define ISTHMUS_TWO_STEPS(operation) operation ", %0\n add %0, %0, %1\n" operation ", %0\n add %0, %0, %1\n"
#define ISTHMUS_EIGHT_STEPS(operation) \
    ISTHMUS_TWO_STEPS(operation)       \
    ISTHMUS_TWO_STEPS(operation)       \
    ISTHMUS_TWO_STEPS(operation)       \
    ISTHMUS_TWO_STEPS(operation)
// clang-format on
inline u64 dc_zva_8(u64 va, u64 step) {
    asm volatile(ISTHMUS_EIGHT_STEPS("dc zva") : "+r"(va) : "r"(step) : "memory");
    return va;
}
inline u64 dc_civac_8(u64 va, u64 step) {
    asm volatile(ISTHMUS_EIGHT_STEPS("dc civac") : "+r"(va) : "r"(step) : "memory");
    return va;
}
/// No CPU's instruction cache holds anything any more.
inline void ic_ialluis() {
    asm volatile("ic ialluis" ::: "memory");
}
inline void dc_civac(u64 va) {
    asm volatile("dc civac, %0" ::"r"(va) : "memory");
}

}  // namespace isthmus::arch
