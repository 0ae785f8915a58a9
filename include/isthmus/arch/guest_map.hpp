// SPDX-License-Identifier: Apache-2.0
// What guests' page tables need of the machine beside their format. Part of the contract
// (docs/architecture.md): an architecture implements it; the unit tests of core bring a machine of
// their own. Unless said otherwise a function acts on the CPU that calls it.
#pragma once

#include "isthmus/range.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

/// Table entries written before are seen by the walkers of all CPUs (DSB ISHST). No ISB: Isthmus
/// itself uses no guest's tables, and a guest goes on by ERET.
void publish_table();
/// Guests' tables force Normal Write-Back, whatever guests' own say (FEAT_S2FWB, Arm ARM D8.6.2):
/// where CPUs can, unless it is forgone.
bool forces_write_back();
/// They do without: the plan wants guests' own attributes to stand, or an SMMU that shares the
/// tables cannot. Before the first of them is made.
void forgo_forced_write_back();
/// No CPU holds a translation of these guest addresses any more, for the guest of this VTTBR_EL2.
/// What was taken out of its tables has been published.
void invalidate_guest(u64 vttbr, GuestRange range);
/// This CPU holds no stage-1 translation any more of the guest that is loaded here.
void forget_guest_translations();

}  // namespace isthmus::arch
