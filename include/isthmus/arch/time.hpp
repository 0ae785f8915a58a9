// SPDX-License-Identifier: Apache-2.0
// The counter and the one timer that Isthmus has on each CPU. Part of the contract
// (docs/architecture.md): an architecture implements it; the unit tests of core bring a machine of
// their own. Unless said otherwise a function acts on the CPU that calls it.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::arch {

/// Before the others: ticks in a second as the tree has them, 0 where it leaves them to CNTFRQ_EL0;
/// faults of the counter that it names (isthmus/counter_erratum.hpp).
void init_counter(u32 told_frequency, u8 told_errata);
/// The physical counter (CNTPCT_EL0), and its ticks in a second.
u64 counter();
u64 counter_frequency();
/// One timer interrupt for core::on_deadline when the counter reaches `when`; ~0: none.
void set_deadline(u64 when);

}  // namespace isthmus::arch
