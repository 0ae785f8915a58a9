// SPDX-License-Identifier: Apache-2.0
// What firmware keeps for itself: the /memreserve/ block (Devicetree specification, 5.3) and
// /reserved-memory (3.5).
#include "fdt/cells.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {
namespace {

using List = ArenaVector<ReservedRange>;

void add_range(List& list, std::string_view path, RegEntry entry, ReservedRange::Kind kind,
               bool no_map, Findings& findings) {
    const auto range = HostRange::from(HostAddress(entry.address), entry.size);
    if (!range) {
        findings.add(rules::reserved_reg, path, "reg", "address {x} with size {x} wraps around",
                     entry.address, entry.size);
    } else if (!range->empty()) {
        list.push_back({*range, kind, no_map, path});
    }
}

void read_child(const Node& node, List& list, Findings& findings) {
    if (!node.has("reg")) {
        findings.add(rules::reserved_dynamic, node.path(), "size",
                     "ignored: it names no address, and guests get their RAM from the plan");
        return;
    }
    const auto count = reg_count(node);
    if (!count) {
        findings.add(rules::reserved_reg, node.path(), "reg",
                     "no whole number of addresses and sizes");
        return;
    }
    for (usize i = 0; i < *count; ++i) {
        add_range(list, node.path(), reg_entry(node, i), ReservedRange::Kind::reserved_memory,
                  node.has("no-map"), findings);
    }
}

}  // namespace

std::span<const ReservedRange> scan_reserved(const Tree& tree, Arena& arena, Findings& findings) {
    List list(arena);
    for (const Tree::Reservation& entry : tree.reservations()) {
        add_range(list, "/memreserve/", {entry.address, entry.size},
                  ReservedRange::Kind::memreserve, false, findings);
    }
    if (const auto parent = tree.root().child("reserved-memory")) {
        const auto ranges = parent->property("ranges");
        if (ranges && !ranges->empty()) {
            findings.add(
                rules::reserved_ranges, parent->path(), "ranges",
                "not empty: ignored, the children's addresses are taken as host addresses");
        }
        for (const Node node : parent->children()) {
            if (node.is_enabled()) {
                read_child(node, list, findings);
            }
        }
    }
    if (list.size() > limits::reserved_ranges) {
        findings.add(rules::reserved_limit, "/reserved-memory", {},
                     "{} reserved ranges, at most {} are read", list.size(),
                     limits::reserved_ranges);
        return list.items().first(limits::reserved_ranges);
    }
    return list.items();
}

}  // namespace isthmus::fdt
