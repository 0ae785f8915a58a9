// SPDX-License-Identifier: Apache-2.0
// core::this_cpu without a call, for the short paths.
#pragma once

#include "arch/arm64/cpu/sysreg.hpp"
#include "core/run/per_cpu.hpp"

namespace isthmus::arch {

inline core::PerCpu& this_cpu() {
    return *reinterpret_cast<core::PerCpu*>(ISTHMUS_READ_SYSREG(tpidr_el2));
}

}  // namespace isthmus::arch
