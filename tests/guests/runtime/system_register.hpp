// SPDX-License-Identifier: Apache-2.0
// System registers by the name the assembler knows, and the barriers.
#pragma once

#include "isthmus/types.hpp"

/// The value of a system register: GUEST_READ_SYSREG(cntvct_el0) or
/// GUEST_READ_SYSREG(icc_iar1_el1).
#define GUEST_READ_SYSREG(name)                                              \
    __extension__({                                                          \
        ::isthmus::u64 guest_sysreg_value;                                   \
        asm volatile("mrs %0, " #name : "=r"(guest_sysreg_value)::"memory"); \
        guest_sysreg_value;                                                  \
    })

#define GUEST_WRITE_SYSREG(name, value) \
    asm volatile("msr " #name ", %x0" ::"rZ"(static_cast<::isthmus::u64>(value)) : "memory")

namespace isthmus::guest {

inline void isb() {
    asm volatile("isb" ::: "memory");
}
inline void dsb() {
    asm volatile("dsb sy" ::: "memory");
}
inline void wfi() {
    asm volatile("wfi" ::: "memory");
}
/// In loops that wait for another CPU: without it that CPU may not run under QEMU's -icount.
inline void relax() {
    asm volatile("yield" ::: "memory");
}

inline void unmask_irq() {
    asm volatile("msr daifclr, #2" ::: "memory");
}
inline void mask_irq() {
    asm volatile("msr daifset, #2" ::: "memory");
}

}  // namespace isthmus::guest
