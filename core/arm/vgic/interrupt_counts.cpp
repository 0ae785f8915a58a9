// SPDX-License-Identifier: Apache-2.0
#include "core/arm/vgic/interrupt_counts.hpp"

#include "core/arm/vgic/virtual_irq.hpp"

namespace isthmus::core {

void add_totals(InterruptTotals& sum, const VgicCpu& cpu) {
    sum.injected += cpu.counts.injected();
    sum.taken += cpu.counts.taken();
    sum.withdrawn += cpu.counts.withdrawn;
    for (u32 left = cpu.used; left != 0; left &= left - 1) {
        ++(is_pending(cpu.lists[static_cast<unsigned>(__builtin_ctz(left))].state) ? sum.pending
                                                                                   : sum.taken);
    }
}

}  // namespace isthmus::core
