// SPDX-License-Identifier: Apache-2.0
// The kinds of CPU of this machine (cpu_kind.hpp), as far as they have come up.
#pragma once

#include "arch/arm64/cpu/cpu_kind.hpp"

namespace isthmus::arch {

/// The calling CPU.
CpuKind read_cpu_kind();
/// The boot CPU counts itself.
void count_boot_cpu();
/// Any other: counts itself too, unless it cannot be used, and says so. False then.
bool join_cpus(usize index);
/// Reads of the counter take these faults into account from now on; any CPU.
void note_counter_errata(u8 more);
/// What all that have joined can do. Stays the same once core has waited for them.
const CommonCpu& common_cpu();

/// The affinity fields of a CPU that has been started, by its number: where interrupts are sent.
u64 affinity_of(usize index);
/// Before that CPU is started. Boot CPU.
void set_affinity_of(usize index, u64 affinity);

}  // namespace isthmus::arch
