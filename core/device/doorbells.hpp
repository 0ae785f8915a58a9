// SPDX-License-Identifier: Apache-2.0
// Doorbells of shared regions: each party of a region rings each other (docs/doorbells.md). A ring
// sets a bit that the rung guest takes, raises the region's interrupt there as an edge, and is
// latched by the rung guest's GPIO block.
//
//     hypercall ─┐                 ┌─▶ who rang (one bit a bell) ─▶ DOORBELL_TAKE
//                ├─▶ ring_budget ──┼─▶ the region's interrupt, an edge
//     GPIO block ┘    of the bell  └─▶ GPIO block's raw status, a pulse
//
// All a ring takes is time of the ringer's: the budget's words, its timer and its CPU are the
// ringer's own, and the rung guest's locks are taken only for what the budget lets through.
#pragma once

#include <span>

#include "dom0less/plan/plan.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

struct Domain;
struct Doorbells;
struct Vcpu;
class Gpio;

/// How often a guest is interrupted in a second by doorbells and by the tree's event channels, at
/// most: divided evenly among those that ring there. Each may ring so many times at once after a
/// silence.
inline constexpr u64 rings_a_second = 10'000;
inline constexpr u32 ring_burst = 32;

/// Ticks of arch::counter between two rings of one doorbell, or event channel, of a guest with that
/// plan.
u64 ring_period(const dom0less::DomainPlan& rung);

/// Of one GPIO block: each has a line to ring by, and one that is rung.
inline constexpr u32 bells_in_gpio_block = 4;

/// What became of a doorbell's rings.
struct DoorbellCounts {
    u64 rings = 0;
    u64 coalesced = 0;  ///< of these, those that found one before them not yet seen
    u64 delayed = 0;    ///< that the budget held back for a while
    u64 off = 0;        ///< to a peer that was off: kept, or dropped
};

/// The domain's doorbells, as its plan has them; they ring nobody yet. Boot CPU, before its
/// devices are made. Error: out_of_memory.
Result<void> make_doorbells(Domain& domain);
/// Ties each to its peer's. Boot CPU, when all domains are built.
void connect_doorbells(std::span<Domain> domains);
/// Block `number` of the domain's GPIO blocks sees its rings. Boot CPU.
void connect_gpio(Domain& domain, u32 number, Gpio& block);

/// Rings a doorbell of the vCPU's domain, on the vCPU's CPU. False: there is no such number.
bool ring_doorbell(Vcpu& ringer, u64 number);
/// Rings each party of region number `region` by the domain's doorbells there, if it has some, for
/// Isthmus: no budget holds it back, and it is not among the domain's own rings. Any CPU.
void ring_peers(Domain& ringer, u32 region);
/// A bit for each doorbell of the domain by which it was rung since the last call. Any CPU.
u64 take_rings(Domain& domain);

/// The domain has stopped: what it has not taken is gone. Rings from now on are for its next life,
/// where they are kept.
void forget_rings(Domain& domain);
/// Its vGIC and its devices were put back: those kept meanwhile are there again. Before it runs.
void repeat_rings(Domain& domain);

/// Those of one doorbell of the domain; `number` is below the plan's count. Any CPU.
DoorbellCounts doorbell_counts(const Domain& domain, usize number);

/// What a doorbell was built to do, for the audit.
struct DoorbellTie {
    const Domain* peer = nullptr;
    u32 peer_bell = 0;
    u32 peer_intid = 0;
    bool keep_when_off = false;
    bool has_gpio = false;  ///< the peer's block that shows it
};
/// `number` is below doorbell_count.
DoorbellTie doorbell_tie(const Domain& domain, usize number);
usize doorbell_count(const Domain& domain);

}  // namespace isthmus::core
