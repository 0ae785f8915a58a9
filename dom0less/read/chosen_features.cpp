// SPDX-License-Identifier: Apache-2.0
// What stands directly below /chosen: known and built, known and not, or not known.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/arguments.hpp"
#include "dom0less/read/domain.hpp"
#include "dom0less/read/feature_values.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;
using fdt::Property;

constexpr std::array<std::string_view, 6> known_properties{
    "isthmus,plan-digest", "isthmus,operator",  statistics_property,
    "xen,xen-bootargs",    "xen,dom0-bootargs", "xen,static-heap"};

bool is_known(const Property& property) {
    for (const std::string_view name : known_properties) {
        if (property.name == name) {
            return true;
        }
    }
    return !property.name.starts_with("isthmus,") && !property.name.starts_with("xen,");
}

/// Dom0 is the domain that borrows them.
void check_statistics(const Node& chosen, const Property& property, Findings& findings) {
    const Meaning meaning = boolean_meaning(property);
    if (meaning == Meaning::unknown) {
        findings.add(rules::value, chosen.path(), property.name, "not {}", booleans);
    } else if (meaning == Meaning::on && !find_dom0_kernel(chosen)) {
        findings.add(rules::kernel_missing, chosen.path(), property.name,
                     "Dom0 would see the statistics, but no \"multiboot,kernel\" module is Dom0's");
    }
}

void check_chosen_property(const Node& chosen, const Property& property, Findings& findings) {
    if (property.name.starts_with("xen,uefi-")) {
        findings.add(
            rules::ignored, chosen.path(), fdt::printable(property.name),
            "ignored: it is for Xen's EFI loader; Isthmus's reads isthmus.cfg (docs/efi.md)");
    } else if (property.name == statistics_property) {
        check_statistics(chosen, property, findings);
    } else if (!is_known(property)) {
        findings.add(rules::unknown_property, chosen.path(), fdt::printable(property.name),
                     "not known to this version; ignored");
    }
}

/// What is not a module.
void check_other(const Node& child, bool has_dom0, Findings& findings) {
    const std::string_view kind = child.text("compatible");
    if (child.is_compatible("xen,domain-shared-memory-v1")) {
        if (!has_dom0) {
            findings.add(rules::kernel_missing, child.path(), "compatible",
                         "Dom0's side of a region, but no \"multiboot,kernel\" module is Dom0's");
        }
    } else if (is_channel_end(child)) {
        if (!has_dom0) {
            findings.add(rules::kernel_missing, child.path(), "compatible",
                         "Dom0's end of an event channel, but no \"multiboot,kernel\" module is "
                         "Dom0's");
        }
    } else if (kind.starts_with("xen,") && !child.is_compatible("xen,domain") &&
               !child.is_compatible("xen,cpupool")) {
        findings.add(rules::ignored, child.path(), "compatible",
                     "\"{}\" means nothing below /chosen; ignored", fdt::printable(kind));
    }
}

}  // namespace

void check_chosen_features(const Node& chosen, Findings& findings) {
    for (const Property& property : chosen.properties()) {
        check_chosen_property(chosen, property, findings);
    }
    const bool has_dom0 = find_dom0_kernel(chosen).has_value();
    for (const Node child : chosen.children()) {
        if (!is_module(child)) {
            check_other(child, has_dom0, findings);
        } else if (!has_dom0) {
            findings.add(rules::ignored, child.path(), "compatible",
                         "a module of Dom0, which has no kernel here; ignored");
        } else if (is_device_tree_module(child)) {
            findings.add(rules::unsupported, child.path(), "compatible",
                         "Dom0 has the devices that nobody else has: no tree assigns it some");
        }
    }
}

}  // namespace isthmus::dom0less
