// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/spare_window.hpp"

#include <algorithm>

#include "dom0less/devices/kept_ranges.hpp"
#include "fdt/device.hpp"

namespace isthmus::dom0less {
namespace {

bool is_memory(const fdt::HostDescription& host, HostRange range) {
    return std::ranges::any_of(host.memory,
                               [&](const auto& bank) { return bank.range.overlaps(range); }) ||
           std::ranges::any_of(host.reserved,
                               [&](const auto& entry) { return entry.range.overlaps(range); });
}

/// Not only those that somebody may be given: of some Isthmus knows no more than where they are.
bool is_device(const PlanInput& input, HostRange range) {
    bool found = false;
    visit_driven(input.host, [&](const KeptRange& kept) { found = found || kept.touches(range); });
    const fdt::Tree& tree = *input.config.tree;
    for (u32 number = 1; number < tree.node_count() && !found; ++number) {
        found = fdt::window_in(tree.node(number), range).has_value();
    }
    return found;
}

}  // namespace

std::optional<GuestRange> find_spare_window(const PlanInput& input) {
    constexpr unsigned most_tries = 64;
    u64 start = guest_layout::address_end;
    for (unsigned i = 0; i < most_tries; ++i) {
        start -= spare_window_bytes;
        const HostRange here = *HostRange::from(HostAddress(start), spare_window_bytes);
        if (!is_memory(input.host, here) && !is_device(input, here)) {
            return GuestRange::from(GuestAddress(start), spare_window_bytes);
        }
    }
    return std::nullopt;
}

}  // namespace isthmus::dom0less
