// SPDX-License-Identifier: Apache-2.0
#include "tools/convert/convert_tree.hpp"

#include <map>
#include <memory>
#include <set>

#include "fdt/cells.hpp"
#include "fdt/tree_edit.hpp"
#include "isthmus/finding.hpp"
#include "shm/node_config.hpp"

namespace isthmus::tools {
namespace {

using Dialect = shm::RegionPlan::Dialect;

/// A domain's node, or Dom0's, which stands directly under /chosen.
bool is_region_node(const fdt::Node& node, const fdt::Node& chosen) {
    const fdt::Node parent = node.parent();
    return node.is_compatible("xen,domain-shared-memory-v1") &&
           (parent == chosen || (parent.parent() == chosen && parent.is_compatible("xen,domain")));
}

/// The id of a node; what is wrong with it is not told here.
std::optional<shm::RegionId> id_of(const fdt::Node& node, Arena& arena) {
    Findings ignored(arena);
    return shm::read_region_id(node, arena, ignored);
}

/// Names for numbers, none of which is the name of a region already.
class Names {
  public:
    void take(std::string_view name) { taken_.emplace(name); }

    const std::string& of(u32 cell) {
        std::string& name = names_[cell];
        if (name.empty()) {
            const std::string digits = std::to_string(cell);
            name = digits;
            for (unsigned suffix = 1; taken_.contains(name); ++suffix) {
                name = std::string(digits).append("-").append(std::to_string(suffix));
            }
            taken_.insert(name);
        }
        return name;
    }

  private:
    std::set<std::string, std::less<>> taken_;
    std::map<u32, std::string> names_;
};

Bytes text_value(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text.c_str(), text.size() + 1));
    return {bytes.begin(), bytes.end()};
}

/// `<host size guest>` as `<host guest size>`.
Bytes turned(std::span<const std::byte> range, const fdt::CellCounts& cells) {
    const usize address = usize{cells.address} * 4;
    const usize size = usize{cells.size} * 4;
    Bytes value(range.begin(), range.begin() + static_cast<std::ptrdiff_t>(address));
    const auto guest = range.subspan(address + size);
    value.insert(value.end(), guest.begin(), guest.end());
    const auto length = range.subspan(address, size);
    value.insert(value.end(), length.begin(), length.end());
    return value;
}

NodeChange change_of(const fdt::Node& node, usize number, u32 cell, Names& names) {
    NodeChange change;
    change.node = number;
    change.path = node.path();
    change.cell = cell;
    change.id = names.of(cell);
    change.id_value = text_value(change.id);
    // Both are there and of the right length: the node has been read.
    change.range_value =
        turned(node.property("xen,shared-mem")->value, *fdt::required_cells(node.parent()));
    return change;
}

}  // namespace

std::vector<NodeChange> find_changes(const fdt::Tree& tree, Arena& arena, Findings& findings) {
    std::vector<NodeChange> changes;
    const auto chosen = tree.root().child("chosen");
    if (!chosen) {
        return changes;
    }
    Names names;
    std::vector<usize> numbered;
    for (usize i = 0; i < tree.node_count(); ++i) {
        const fdt::Node node = tree.node(i);
        if (!is_region_node(node, *chosen)) {
            continue;
        }
        const auto id = id_of(node, arena);
        if (id && id->dialect == Dialect::text) {
            names.take(id->text);
        } else if (id) {
            numbered.push_back(i);
        }
    }
    for (const usize i : numbered) {
        if (const auto config = shm::read_node(tree.node(i), arena, findings)) {
            changes.push_back(change_of(tree.node(i), i, config->id.cell, names));
        }
    }
    return changes;
}

std::expected<Bytes, std::string> apply_changes(const Bytes& blob,
                                                const std::vector<NodeChange>& changes) {
    std::vector<fdt::PropertyEdit> edits;
    std::size_t room = blob.size();
    for (const NodeChange& change : changes) {
        edits.push_back({change.node, "xen,shm-id", change.id_value});
        edits.push_back({change.node, "xen,shared-mem", change.range_value});
        room += change.id_value.size() + 4;
    }
    // libfdt wants 8 bytes and an end behind each block when it moves them apart.
    Bytes buffer(room + 64);
    const auto edited = fdt::edit_properties(blob, edits, buffer);
    if (!edited) {
        return std::unexpected("libfdt cannot write this tree");
    }
    return Bytes(edited->begin(), edited->end());
}

}  // namespace isthmus::tools
