// SPDX-License-Identifier: Apache-2.0
#include "dom0less/partial_tree.hpp"

#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {

void read_partial_tree(const ConfigInput&, std::span<const HostDevice>, DomainConfig&, Arena&,
                       Findings&) {}

u32 partial_gic_phandle(const fdt::Tree&) {
    return guest_layout::gic_phandle;
}

void write_partial_tree(fdt::TreeWriter&, const fdt::Tree&) {}

}  // namespace isthmus::dom0less
