// SPDX-License-Identifier: Apache-2.0
// What became of the interrupts that were put into list registers. Whatever leaves its list
// register was taken by the guest (seen active, or gone) or withdrawn by us (still pending: the
// guest disabled it, its line fell, something more urgent needed the room, the vCPU was turned
// off). One that is neither, and not there at the end, is lost: a list register was written over.
//
// A list register in use always stands for one interrupt that is not accounted for. Guarded by the
// lock of the vCPU's Vgic.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

struct InterruptCounts {
    u64 placed = 0;    ///< put into a free list register, or made pending again beside active
    u64 repeated = 0;  ///< put where the guest had ended the same: that one was taken, too
    u64 ended = 0;     ///< left as taken
    u64 withdrawn = 0;

    u64 injected() const { return placed + repeated; }
    u64 taken() const { return ended + repeated; }

    /// A list register was emptied, which was last seen pending or not.
    constexpr void left_list(bool was_pending) { ++(was_pending ? withdrawn : ended); }
    /// Isthmus changed the state in a list register that stays in use. Beside an active interrupt,
    /// which is one that was taken, a pending one comes or goes.
    constexpr void changed_list(bool was_pending, bool is_pending) {
        if (is_pending && !was_pending) {
            ++ended;
            ++placed;
        } else if (was_pending && !is_pending) {
            ++withdrawn;
            --ended;
        }
    }
};

/// A guest's counts at its end; they agree when `lost` is 0.
struct InterruptTotals {
    u64 injected = 0;
    u64 taken = 0;
    u64 withdrawn = 0;
    u64 pending = 0;  ///< in list registers when the vCPU stopped

    i64 lost() const { return static_cast<i64>(injected - taken - withdrawn - pending); }
};

struct VgicCpu;

/// Adds the counts of a vCPU that has left its CPU.
void add_totals(InterruptTotals& sum, const VgicCpu& cpu);

}  // namespace isthmus::core
