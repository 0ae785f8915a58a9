// SPDX-License-Identifier: Apache-2.0
// What the binding knows of a domain, and what of it this version builds. A value that says "off"
// is what is so anyway. The rest is refused by name when ignoring it would build something else
// than was asked for.
#include <algorithm>
#include <array>

#include "dom0less/emulated/kind.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/domain.hpp"
#include "dom0less/read/feature_values.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;
using fdt::Property;

enum class Support : u8 {
    works,
    off_only,  ///< a value that says "on" is refused
    on_only,   ///< a value that says "off" is refused
    ignored,
    interface  ///< parts of Xen's interface that are not here: ignored, with one warning a domain
};

struct Feature {
    std::string_view name;
    Support support = Support::works;
    std::string_view why = {};                               ///< it is not built, or ignored
    Meaning (*meaning)(const Property& property) = nullptr;  ///< nullptr: read elsewhere, or any
    std::string_view values = {};                            ///< all that it may be
};

constexpr std::array domain_features{
    Feature{"domain-cpupool"},
    Feature{group_property},
    Feature{"isthmus,priority"},
    Feature{statistics_property, Support::works, {}, boolean_meaning, booleans},
    Feature{"capabilities", Support::off_only, "guests with privileges are not supported",
            capabilities_meaning, "a number from 0 (none) to 7"},
    Feature{"llc-colors", Support::off_only, "cache colouring is not supported", colours_meaning,
            "a text, empty for none"},
    Feature{"sve", Support::off_only, "SVE is not offered to guests", sve_meaning,
            "empty, 0 (off), or a multiple of 128 up to 2048"},
    Feature{"v8r_el1_msa", Support::off_only, "Armv8-R is not supported", boolean_meaning,
            booleans},
    Feature{"xen,sci_type", Support::off_only, "SCMI is not supported", sci_meaning,
            "\"none\", \"scmi_smc\" or \"scmi_smc_multiagent\""},
    Feature{"trap-unmapped-accesses", Support::on_only,
            "a read of what is not there always traps, and is not answered with ones",
            boolean_meaning, booleans},
    Feature{"max_grant_version", Support::interface},
    Feature{"max_grant_frames", Support::interface},
    Feature{"max_maptrack_frames", Support::interface},
    Feature{"xen,enhanced",
            Support::interface,
            {},
            enhanced_meaning,
            "empty, \"enabled\", \"disabled\", \"legacy\" or \"no-xenstore\""},
    Feature{"xen,domain-p2m-mem-mb", Support::ignored, "page tables come from the heap"},
    Feature{"direct-map", Support::works, {}, boolean_meaning, booleans},
    Feature{"passthrough", Support::works, {}, passthrough_meaning, "\"enabled\" or \"disabled\""},
    Feature{"xen,static-mem"},
    Feature{"#xen,static-mem-address-cells"},
    Feature{"#xen,static-mem-size-cells"},
    Feature{"memory"},
    Feature{"cpus"},
    Feature{"nr_spis"},
    Feature{"compatible"},
    Feature{"#address-cells"},
    Feature{"#size-cells"},
    Feature{"ranges"},
    Feature{"status"},
    Feature{"phandle"},
    Feature{"linux,phandle"},
    Feature{"name"},
};

/// What is read, and judged, elsewhere (read/health.hpp).
constexpr Feature health_feature{""};

/// What asks for an emulated device.
constexpr Feature device_feature{"", Support::works, {}, boolean_meaning, booleans};

bool asks_for_device(std::string_view property) {
    return std::ranges::any_of(device_kinds(),
                               [&](const DeviceKind& kind) { return kind.property == property; });
}

const Feature* find_feature(std::string_view name) {
    for (const Feature& feature : domain_features) {
        if (feature.name == name) {
            return &feature;
        }
    }
    if (is_health_property(name)) {
        return &health_feature;
    }
    return asks_for_device(name) ? &device_feature : nullptr;
}

Meaning meaning_of(const Feature& feature, const Property& property) {
    return feature.meaning != nullptr ? feature.meaning(property) : Meaning::on;
}

/// True for what asks for a part of Xen's interface.
bool check_property(const Node& node, const Property& property, Findings& findings) {
    const Feature* feature = find_feature(property.name);
    if (feature == nullptr) {
        findings.add(rules::unknown_property, node.path(), fdt::printable(property.name),
                     "not known to this version; ignored");
        return false;
    }
    const Meaning meaning = meaning_of(*feature, property);
    if (meaning == Meaning::unknown) {
        findings.add(rules::value, node.path(), property.name, "not {}", feature->values);
    } else if ((feature->support == Support::off_only && meaning == Meaning::on) ||
               (feature->support == Support::on_only && meaning == Meaning::off)) {
        findings.add(rules::unsupported, node.path(), property.name, "{} by this version",
                     feature->why);
    } else if (feature->support == Support::ignored) {
        findings.add(rules::ignored, node.path(), property.name, "ignored: {}", feature->why);
    }
    return feature->support == Support::interface && meaning == Meaning::on;
}

void check_properties(const Node& node, Findings& findings) {
    std::string_view interface;
    for (const Property& property : node.properties()) {
        if (check_property(node, property, findings) &&
            (interface.empty() || property.name == "xen,enhanced")) {
            interface = property.name;
        }
    }
    if (!interface.empty() && node.text("xen,enhanced") != "no-xenstore") {
        findings.add(rules::ignored, node.path(), interface,
                     "grant tables and xenstore are not offered by this version; hypercalls, event "
                     "channels and the console are");
    }
    if (is_switched_on(node, "direct-map") && !node.has("xen,static-mem")) {
        findings.add(rules::direct_map, node.path(), "direct-map", "needs xen,static-mem");
    }
}

void check_child(const Node& child, Findings& findings) {
    const bool known = is_module(child) || is_channel_end(child) ||
                       child.is_compatible("xen,vcpu") ||
                       child.is_compatible("xen,domain-shared-memory-v1");
    if (!known) {
        findings.add(rules::ignored, child.path(), "compatible",
                     "\"{}\" means nothing in a domain; ignored",
                     fdt::printable(child.text("compatible")));
    }
}

}  // namespace

void check_domain_features(const Node& node, Findings& findings) {
    check_properties(node, findings);
    for (const Node child : node.children()) {
        check_child(child, findings);
    }
}

}  // namespace isthmus::dom0less
