// SPDX-License-Identifier: Apache-2.0
// The ends of static event channels that a domain, or /chosen for Dom0, names (docs/signals.md).
#pragma once

#include <span>
#include <string_view>

#include "fdt/tree.hpp"

namespace isthmus::dom0less {

/// One `xen,evtchn-v1` node.
struct ChannelEndConfig {
    u32 port = 0;
    u32 phandle = 0;  ///< its own; 0: none, so nobody can name it
    u32 peer = 0;     ///< phandle of the other end
    std::string_view path;
};

bool is_channel_end(const fdt::Node& node);

/// Those below `node`, in tree order. One that cannot be read is left out, and `all_readable` is
/// then false. Rules: evtchn-property, evtchn-port, evtchn-port-twice.
std::span<const ChannelEndConfig> read_channel_ends(const fdt::Node& node, bool& all_readable,
                                                    Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
