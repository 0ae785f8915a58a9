// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/spare_window.hpp"

#include <algorithm>

#include "dom0less/devices/kept_ranges.hpp"
#include "fdt/device.hpp"

namespace isthmus::dom0less {
namespace {

/// The lowest of what is in the way of a place.
class Obstacle {
  public:
    explicit Obstacle(HostRange place) : place_(place) {}

    void look_at(HostRange range) {
        if (range.overlaps(place_) && (!lowest_ || range.start() < *lowest_)) {
            lowest_ = range.start();
        }
    }
    std::optional<HostAddress> lowest() const { return lowest_; }

  private:
    HostRange place_;
    std::optional<HostAddress> lowest_;
};

/// Memory, and every device, not only those that somebody may be given: of some Isthmus knows no
/// more than where they are.
std::optional<HostAddress> find_obstacle(const PlanInput& input, HostRange place) {
    Obstacle obstacle(place);
    for (const fdt::MemoryBank& bank : input.host.memory) {
        obstacle.look_at(bank.range);
    }
    for (const fdt::ReservedRange& reserved : input.host.reserved) {
        obstacle.look_at(reserved.range);
    }
    visit_driven(input.host, [&](const KeptRange& kept) { obstacle.look_at(kept.range); });
    const fdt::Tree* tree = input.config.tree;
    for (u32 number = 1; tree != nullptr && number < tree->node_count(); ++number) {
        if (const auto window = fdt::window_in(tree->node(number), place)) {
            obstacle.look_at(*window);
        }
    }
    return obstacle.lowest();
}

}  // namespace

std::optional<GuestRange> find_spare_window(const PlanInput& input) {
    constexpr unsigned most_tries = 64;  // each a walk of the tree
    u64 end = guest_layout::address_end;
    for (unsigned i = 0; i < most_tries && end >= spare_window_bytes; ++i) {
        const u64 start = end - spare_window_bytes;
        const auto obstacle =
            find_obstacle(input, *HostRange::from(HostAddress(start), spare_window_bytes));
        if (!obstacle) {
            return GuestRange::from(GuestAddress(start), spare_window_bytes);
        }
        // A bridge's window may have half of all addresses: the next try is below it.
        end = align_down(std::min(obstacle->raw(), start), spare_window_bytes);
    }
    return std::nullopt;
}

}  // namespace isthmus::dom0less
