// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/channels.hpp"

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

constexpr std::string_view end_property = "xen,evtchn";

std::optional<ChannelEndConfig> read_end(const fdt::Node& node, Findings& findings) {
    const auto property = node.property(end_property);
    if (!property || !property->is_cells() || property->cell_count() != 2) {
        findings.add(rules::evtchn_property, node.path(), end_property,
                     "not a port and the phandle of the other end");
        return std::nullopt;
    }
    const ChannelEndConfig end{property->cell(0), node.phandle(), property->cell(1), node.path()};
    if (end.port == 0 || end.port >= limits::event_ports) {
        findings.add(rules::evtchn_port, node.path(), end_property,
                     "port {} is not one from 1 to {}", end.port, limits::event_ports - 1);
        return std::nullopt;
    }
    return end;
}

}  // namespace

bool is_channel_end(const fdt::Node& node) {
    return node.is_compatible("xen,evtchn-v1");
}

std::span<const ChannelEndConfig> read_channel_ends(const fdt::Node& node, bool& all_readable,
                                                    Arena& arena, Findings& findings) {
    ArenaVector<ChannelEndConfig> ends(arena);
    std::array<bool, limits::event_ports> taken{};
    for (const fdt::Node child : node.children()) {
        if (!is_channel_end(child)) {
            continue;
        }
        const auto end = read_end(child, findings);
        if (!end) {
            all_readable = false;
            continue;
        }
        if (taken[end->port]) {
            findings.add(rules::evtchn_port_twice, child.path(), end_property,
                         "the domain has another end with port {}", end->port);
        }
        taken[end->port] = true;
        ends.push_back(*end);
    }
    return ends.items();
}

}  // namespace isthmus::dom0less
