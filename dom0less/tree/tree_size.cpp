// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/tree_size.hpp"

#include <bit>

#include "isthmus/units.hpp"

namespace isthmus::dom0less {
namespace {

/// Fixed nodes, names of properties, RAM in as many ranges as there may be (640 of 16 bytes), and
/// sixteen blocks of doorbells with the names of their lines.
constexpr u64 base = 48 * KiB;
constexpr u64 vcpu = 256;
/// A region's node, with the names of 64 parties, and the doorbells and ports by which they are
/// reached.
constexpr u64 view = 6 * KiB;

}  // namespace

TreeParts tree_parts(const DomainPlan& domain) {
    const u64 partial = domain.partial_tree != nullptr ? domain.partial_tree->total_size() : 0;
    return {domain.bootargs.size(), domain.vcpus.size(), domain.views.size(), partial};
}

u64 most_tree_bytes(const TreeParts& parts) {
    const u64 bytes =
        base + parts.bootargs + parts.vcpus * vcpu + parts.views * view + parts.partial;
    return bytes < guest_tree_bytes ? bytes : guest_tree_bytes;
}

u64 kept_tree_bytes(const TreeParts& parts) {
    return std::bit_ceil(most_tree_bytes(parts));
}

}  // namespace isthmus::dom0less
