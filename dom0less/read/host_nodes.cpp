// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/host_nodes.hpp"

#include <array>

#include "fdt/gic_node.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

constexpr std::array<std::string_view, 4> other_roots{"chosen", "cpus", "reserved-memory",
                                                      "aliases"};
constexpr std::array<std::string_view, 6> replaced_names{
    "arm,psci", "arm,psci-0.2", "arm,psci-1.0", "arm,armv8-timer", "arm,armv7-timer", "xen,xen"};

bool is_memory(const Node& node) {
    return node.text("device_type") == "memory";
}

/// A CPU's performance counters, which have no registers in the address space. They are not
/// virtualised.
bool is_performance_unit(const Node& node) {
    const auto compatible = node.property("compatible");
    if (!compatible || node.has("reg")) {
        return false;
    }
    for (usize i = 0; const auto name = compatible->text(i); ++i) {
        if (name->ends_with("-pmu") || name->ends_with("-pmuv3")) {
            return true;
        }
    }
    return false;
}

}  // namespace

bool is_no_device(const Node& node) {
    for (Node each = node; !each.is_root(); each = each.parent()) {
        if (is_memory(each)) {
            return true;
        }
        for (const std::string_view name : other_roots) {
            if (each.parent().is_root() && each.name() == name) {
                return true;
            }
        }
    }
    return false;
}

bool is_own_device(const Node& node, const fdt::HostDescription& host) {
    for (Node each = node; !each.is_root(); each = each.parent()) {
        if (fdt::gic_version(each) != 0) {
            return true;
        }
    }
    return node.is_compatible("arm,smmu-v3") || (host.console && node.path() == host.console->path);
}

bool is_replaced(const Node& node) {
    for (const std::string_view name : replaced_names) {
        if (node.is_compatible(name)) {
            return true;
        }
    }
    return is_performance_unit(node);
}

}  // namespace isthmus::dom0less
