// SPDX-License-Identifier: Apache-2.0
// In place of arch/arm64/cpu/sysreg.hpp: the same names, and the machine of stale_machine.hpp
// behind them.
#pragma once

#include <source_location>

#include "isthmus/types.hpp"
#include "tests/model/stale/stale_machine.hpp"

#define ISTHMUS_READ_SYSREG(name) ::isthmus::test::machine().read(#name)
#define ISTHMUS_WRITE_SYSREG(name, value) ::isthmus::test::machine().write(#name, (value))

namespace isthmus::arch {

using Where = std::source_location;
using test::Operation;

#define ISTHMUS_OPERATION(name)                                 \
    inline void name(Where where = Where::current()) {          \
        test::machine().does(Operation::name, #name, 0, where); \
    }
#define ISTHMUS_OPERATION_BY_ADDRESS(name)                            \
    inline void name(u64 address, Where where = Where::current()) {   \
        test::machine().does(Operation::name, #name, address, where); \
    }
ISTHMUS_OPERATION(isb)
ISTHMUS_OPERATION(dsb_sy)
ISTHMUS_OPERATION(dsb_nsh)
ISTHMUS_OPERATION(dsb_ish)
ISTHMUS_OPERATION(dsb_ishst)
ISTHMUS_OPERATION(ic_ialluis)
ISTHMUS_OPERATION(tlbi_vmalle1)
ISTHMUS_OPERATION(tlbi_vmalle1is)
ISTHMUS_OPERATION(tlbi_vmalls12e1is)
ISTHMUS_OPERATION(tlbi_alle1is)
ISTHMUS_OPERATION(tlbi_alle2is)
ISTHMUS_OPERATION_BY_ADDRESS(tlbi_ipas2e1is)
ISTHMUS_OPERATION_BY_ADDRESS(tlbi_vae2)
ISTHMUS_OPERATION_BY_ADDRESS(dc_civac)
ISTHMUS_OPERATION_BY_ADDRESS(switch_own_map)
#undef ISTHMUS_OPERATION
#undef ISTHMUS_OPERATION_BY_ADDRESS

inline u64 dc_civac_8(u64 va, u64 step, Where where = Where::current()) {
    for (int i = 0; i < 8; ++i, va += step) {
        test::machine().does(Operation::dc_civac, "dc_civac_8", va, where);
    }
    return va;
}
inline u64 dc_zva_8(u64 va, u64 step) {
    test::machine().zero(va, 8 * step);
    return va + 8 * step;
}
inline void dmb_sy() {}
inline void esb() {}
inline void yield() {}
inline void mask_exceptions() {}
inline void wfi() {}
inline u64 smc_call(u64, u64 = 0, u64 = 0, u64 = 0) {
    return 0;
}

}  // namespace isthmus::arch
