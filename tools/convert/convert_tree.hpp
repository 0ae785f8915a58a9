// SPDX-License-Identifier: Apache-2.0
// From the dialect of numbered regions (the patches of 2022) to that of named ones (Xen 4.17 and
// later).
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "fdt/tree.hpp"
#include "tools/files.hpp"

namespace isthmus::tools {

/// One node as it is to be.
struct NodeChange {
    usize node = 0;  ///< number in tree order
    std::string path;
    u32 cell = 0;  ///< the id so far
    std::string id;
    Bytes id_value;     ///< of xen,shm-id
    Bytes range_value;  ///< of xen,shared-mem: <host guest size>
};

/// All nodes of numbered regions, in domains and directly under /chosen. Equal numbers get equal
/// names: the number in decimal, or with "-1", "-2" and so on where a named region is called so.
/// Nodes that cannot be read have findings and are not in the list.
std::vector<NodeChange> find_changes(const fdt::Tree& tree, Arena& arena, Findings& findings);

/// The blob with all changes made; the error is a sentence for the user.
std::expected<Bytes, std::string> apply_changes(const Bytes& blob,
                                                const std::vector<NodeChange>& changes);

}  // namespace isthmus::tools
