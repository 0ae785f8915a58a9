// SPDX-License-Identifier: Apache-2.0
#include "shm/guest_rules.hpp"

#include "isthmus/finding.hpp"
#include "shm/rules.hpp"

namespace isthmus::shm {

void check_guest_overlaps(std::string_view domain_path, std::span<const NodeConfig> nodes,
                          std::span<const GuestUse> uses, Findings& findings) {
    for (usize i = 0; i < nodes.size(); ++i) {
        const NodeConfig& node = nodes[i];
        for (const GuestUse& use : uses) {
            if (node.guest_range().overlaps(use.range)) {
                findings.add_other(rules::guest_overlap, node.path, range_property, domain_path,
                                   "guest {} overlaps {} {} of {}", node.guest_range(), use.what,
                                   use.range, domain_path);
            }
        }
        for (usize j = 0; j < i; ++j) {
            if (node.guest_range().overlaps(nodes[j].guest_range())) {
                findings.add_other(rules::guest_overlap, node.path, range_property, nodes[j].path,
                                   "guest {} overlaps guest {} of {}", node.guest_range(),
                                   nodes[j].guest_range(), nodes[j].path);
            }
        }
    }
}

}  // namespace isthmus::shm
