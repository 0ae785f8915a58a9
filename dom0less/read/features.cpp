// SPDX-License-Identifier: Apache-2.0
// What the binding knows and this version does not build. Each is refused by name when ignoring it
// would build something else than was asked for.
#include <algorithm>
#include <array>

#include "dom0less/emulated/kind.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/arguments.hpp"
#include "dom0less/read/domain.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;
using fdt::Property;

enum class Support : u8 { works, unsupported, ignored };

struct Feature {
    std::string_view name;
    Support support;
    std::string_view why;
};

constexpr std::array domain_features{
    Feature{"domain-cpupool", Support::works, {}},
    Feature{"isthmus,priority", Support::works, {}},
    Feature{"capabilities", Support::unsupported, "guests with privileges are not supported"},
    Feature{"llc-colors", Support::unsupported, "cache colouring is not supported"},
    Feature{"sve", Support::unsupported, "SVE is not offered to guests"},
    Feature{"v8r_el1_msa", Support::unsupported, "Armv8-R is not supported"},
    Feature{"xen,sci_type", Support::unsupported, "SCMI is not supported"},
    Feature{"trap-unmapped-accesses", Support::ignored,
            "an access that nobody handles always traps"},
    Feature{"max_grant_version", Support::ignored, "there are no grant tables"},
    Feature{"max_grant_frames", Support::ignored, "there are no grant tables"},
    Feature{"max_maptrack_frames", Support::ignored, "there are no grant tables"},
    Feature{"xen,domain-p2m-mem-mb", Support::ignored, "page tables come from the heap"},
    Feature{"direct-map", Support::works, {}},
    Feature{"xen,static-mem", Support::works, {}},
    Feature{"#xen,static-mem-address-cells", Support::works, {}},
    Feature{"#xen,static-mem-size-cells", Support::works, {}},
    Feature{"xen,enhanced", Support::works, {}},  // its values are judged below
    Feature{"passthrough", Support::works, {}},
    Feature{"memory", Support::works, {}},
    Feature{"cpus", Support::works, {}},
    Feature{"nr_spis", Support::works, {}},
    Feature{"compatible", Support::works, {}},
    Feature{"#address-cells", Support::works, {}},
    Feature{"#size-cells", Support::works, {}},
    Feature{"ranges", Support::works, {}},
    Feature{"status", Support::works, {}},
    Feature{"phandle", Support::works, {}},
    Feature{"linux,phandle", Support::works, {}},
    Feature{"name", Support::works, {}},
};

bool asks_for_device(std::string_view property) {
    return std::ranges::any_of(device_kinds(),
                               [&](const DeviceKind& kind) { return kind.property == property; });
}

void check_property(const Node& node, const Property& property, Findings& findings) {
    for (const Feature& feature : domain_features) {
        if (feature.name != property.name) {
            continue;
        }
        if (feature.support == Support::unsupported) {
            findings.add(rules::unsupported, node.path(), property.name, "{} by this version",
                         feature.why);
        } else if (feature.support == Support::ignored) {
            findings.add(rules::ignored, node.path(), property.name, "ignored: {}", feature.why);
        }
        return;
    }
    if (!asks_for_device(property.name)) {
        findings.add(rules::unknown_property, node.path(), fdt::printable(property.name),
                     "not known to this version; ignored");
    }
}

void check_values(const Node& node, Findings& findings) {
    if (const auto enhanced = node.property("xen,enhanced")) {
        const std::string_view value = node.text("xen,enhanced");
        if (value != "disabled") {
            findings.add(rules::unsupported, node.path(), "xen,enhanced",
                         "\"{}\": Xen's event channels, grants and xenstore are not supported by "
                         "this version",
                         enhanced->empty() ? "enabled" : fdt::printable(value));
        }
    }
    if (const std::string_view value = node.text("passthrough");
        node.has("passthrough") && value != "disabled" && value != "enabled") {
        findings.add(rules::unsupported, node.path(), "passthrough",
                     "\"{}\" is neither \"enabled\" nor \"disabled\"", fdt::printable(value));
    }
    if (node.has("direct-map") && !node.has("xen,static-mem")) {
        findings.add(rules::direct_map, node.path(), "direct-map", "needs xen,static-mem");
    }
}

void check_child(const Node& child, Findings& findings) {
    if (child.is_compatible("xen,evtchn-v1")) {
        findings.add(rules::unsupported, child.path(), "compatible",
                     "static event channels are not supported by this version");
        return;
    }
    const bool known = is_module(child) || child.is_compatible("xen,vcpu") ||
                       child.is_compatible("xen,domain-shared-memory-v1");
    if (!known) {
        findings.add(rules::ignored, child.path(), "compatible",
                     "\"{}\" means nothing in a domain; ignored",
                     fdt::printable(child.text("compatible")));
    }
}

}  // namespace

void check_domain_features(const Node& node, Findings& findings) {
    for (const Property& property : node.properties()) {
        check_property(node, property, findings);
    }
    check_values(node, findings);
    for (const Node child : node.children()) {
        check_child(child, findings);
    }
}

void check_chosen_features(const Node& chosen, Findings& findings) {
    for (const Property& property : chosen.properties()) {
        if (property.name.starts_with("isthmus,") && property.name != "isthmus,plan-digest") {
            findings.add(rules::unknown_property, chosen.path(), fdt::printable(property.name),
                         "not known to this version; ignored");
        }
    }
    const bool has_dom0 = find_dom0_kernel(chosen).has_value();
    for (const Node child : chosen.children()) {
        if (!has_dom0 && is_module(child)) {
            findings.add(rules::ignored, child.path(), "compatible",
                         "a module of Dom0, which has no kernel here; ignored");
        } else if (!has_dom0 && child.is_compatible("xen,domain-shared-memory-v1")) {
            findings.add(rules::kernel_missing, child.path(), "compatible",
                         "Dom0's side of a region, but no \"multiboot,kernel\" module is Dom0's");
        } else if (has_dom0 && is_device_tree_module(child)) {
            findings.add(rules::unsupported, child.path(), "compatible",
                         "Dom0 has the devices that nobody else has: no tree assigns it some");
        }
    }
}

}  // namespace isthmus::dom0less
