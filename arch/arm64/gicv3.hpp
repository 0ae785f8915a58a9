// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/per_cpu.hpp"

namespace isthmus::arch {

/// Acknowledges one interrupt of the machine, if one is pending, and does what it asks.
void take_interrupt(core::PerCpu& cpu);

}  // namespace isthmus::arch
