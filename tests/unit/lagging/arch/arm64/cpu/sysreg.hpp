// SPDX-License-Identifier: Apache-2.0
// In place of arch/arm64/cpu/sysreg.hpp: the same names, and the lagging machine behind them.
#pragma once

#include <source_location>

#include "isthmus/types.hpp"
#include "tests/unit/lagging/lagging_machine.hpp"

#define ISTHMUS_READ_SYSREG(name) ::isthmus::test::lagging().read(#name)
#define ISTHMUS_WRITE_SYSREG(name, value) ::isthmus::test::lagging().write(#name, (value))

namespace isthmus::arch {

inline void isb(std::source_location where = std::source_location::current()) {
    test::lagging().isb(where);
}
inline void dsb_sy() {}
inline void dmb_sy() {}
inline void dsb_nsh() {}
inline void dsb_ish() {}
inline void dsb_ishst() {}
inline void esb() {}
inline void yield() {}
inline void mask_exceptions() {}
inline void ic_ialluis() {}
inline void dc_civac(u64) {}
inline u64 dc_civac_8(u64 va, u64 step) {
    return va + 8 * step;
}
inline u64 dc_zva_8(u64 va, u64 step) {
    return va + 8 * step;
}
inline u64 smc_call(u64, u64 = 0, u64 = 0, u64 = 0) {
    return 0;
}
inline void wfi() {
    test::lagging().wfi();
}
inline void tlbi_vmalls12e1is() {
    test::lagging().tlbi();
}
inline void tlbi_alle1is() {}
inline void tlbi_alle2is() {}
inline void tlbi_ipas2e1is(u64) {
    test::lagging().tlbi();
}
inline void tlbi_vmalle1() {
    test::lagging().tlbi();
}
inline void tlbi_vmalle1is() {
    test::lagging().tlbi();
}

}  // namespace isthmus::arch
