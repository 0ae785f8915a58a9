// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/this_cpu.hpp"

namespace isthmus::core {

PerCpu& this_cpu() {
    return arch::this_cpu();
}

}  // namespace isthmus::core
