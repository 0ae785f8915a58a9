// SPDX-License-Identifier: Apache-2.0
// How many shared interrupts the machine's tree knows of.
#include "fdt/interrupts.hpp"
#include "fdt/scan.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {

u32 scan_lines(const Tree& tree, Arena& arena) {
    u32 count = 0;
    for (usize i = 0; i < tree.node_count(); ++i) {
        for (const Interrupt& line : all_interrupts(tree, tree.node(i), arena)) {
            const u32 needed = line.is_shared() ? line.intid - first_spi + 1 : 0;
            count = needed > count && needed <= limits::spis ? needed : count;
        }
    }
    return count;
}

}  // namespace isthmus::fdt
