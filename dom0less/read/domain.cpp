// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/domain.hpp"

#include <algorithm>

#include "dom0less/emulated/kind.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/feature_values.hpp"
#include "fdt/cells.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

void read_memory(const Node& node, DomainConfig& domain, Findings& findings) {
    const auto property = node.property("memory");
    const auto kib = property ? property->number() : std::nullopt;
    if (!kib) {
        findings.add(rules::memory_missing, node.path(), "memory",
                     property ? "{} bytes are no number of KiB" : "absent",
                     property ? property->value.size() : 0);
        return;
    }
    constexpr u64 most = guest_layout::ram_bank0.size() + guest_layout::ram_bank1.size();
    const bool fits = *kib <= most / KiB;
    if (*kib == 0 || !fits || !is_aligned(*kib * KiB, page_size)) {
        findings.add(rules::memory_size, node.path(), "memory",
                     "{} KiB are none, more than {}, or no multiple of {}", *kib, byte_size(most),
                     byte_size(page_size));
        return;
    }
    domain.memory_bytes = *kib * KiB;
}

void read_cpus(const Node& node, DomainConfig& domain, Findings& findings) {
    const auto property = node.property("cpus");
    const auto count = property ? property->number() : std::nullopt;
    if (!count || *count == 0 || *count > limits::vcpus_per_domain) {
        findings.add(rules::cpus, node.path(), "cpus", "absent, or not a number from 1 to {}",
                     limits::vcpus_per_domain);
        return;
    }
    domain.cpus = static_cast<u32>(*count);
}

void read_spis(const Node& node, DomainConfig& domain, Findings& findings) {
    const auto property = node.property("nr_spis");
    if (!property) {
        return;
    }
    domain.nr_spis = property->single_cell();
    if (!domain.nr_spis || *domain.nr_spis > limits::spis) {
        findings.add(rules::nr_spis, node.path(), "nr_spis", "not a number from 0 to {}",
                     limits::spis);
        domain.nr_spis.reset();
    }
}

void read_static_mem(const Node& node, DomainConfig& domain, Arena& arena, Findings& findings) {
    domain.has_static_mem = node.has("xen,static-mem");
    if (!domain.has_static_mem) {
        return;
    }
    const auto ranges = read_host_ranges(node, "xen,static-mem", page_size, rules::static_mem_range,
                                         arena, findings);
    if (!ranges) {
        return;
    }
    domain.static_mem = *ranges;
    u64 total = 0;
    for (const HostRange& range : *ranges) {
        // Saturates: a sum that wraps must not look like the right one.
        total = total + range.size() < total ? ~u64{0} : total + range.size();
    }
    if (domain.memory_bytes != 0 && total != domain.memory_bytes) {
        findings.add(rules::static_mem_size, node.path(), "xen,static-mem",
                     "the ranges add up to {}, but memory asks for {}", byte_size(total),
                     byte_size(domain.memory_bytes));
    }
}

/// On the console each line stands under the name of who wrote it, so no name may hold what ends a
/// name there, or be Isthmus's.
void check_name(const Node& node, Findings& findings) {
    constexpr std::string_view reserved = "isthmus";
    if (node.name() == reserved || !is_plain_name(node.name())) {
        findings.add(
            rules::name, node.path(), {},
            "on the console a guest's name is letters, digits and any of ,._+-@, at most {} "
            "of them, and not \"{}\"",
            limits::name_length, reserved);
    }
}

std::span<const EmulatedConfig> read_emulated(const Node& node, Arena& arena) {
    ArenaVector<EmulatedConfig> wanted(arena);
    for (const DeviceKind& kind : device_kinds()) {
        if (!kind.property.empty() && is_switched_on(node, kind.property)) {
            wanted.push_back({kind.kind, kind.property});
        }
    }
    return wanted.items();
}

void read_scheduling(const Node& node, DomainConfig& domain, Findings& findings) {
    if (const auto property = node.property("domain-cpupool")) {
        domain.cpupool = property->single_cell();
        if (!domain.cpupool) {
            findings.add(rules::cpupool, node.path(), "domain-cpupool", "no single phandle");
        }
    }
    if (const auto property = node.property("isthmus,priority")) {
        const auto value = property->single_cell();
        if (!value || *value > limits::priority) {
            findings.add(rules::priority, node.path(), "isthmus,priority",
                         "not a number from 0 to {}", limits::priority);
        }
        domain.priority = value.value_or(0);
    }
}

}  // namespace

bool is_plain_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view(",._+-@").contains(c);
    };
    return name.size() <= limits::name_length && std::ranges::all_of(name, is_allowed);
}

DomainConfig read_domain(const Node& node, Arena& arena, Findings& findings) {
    DomainConfig domain;
    domain.name = node.name();
    domain.path = node.path();
    domain.emulated = read_emulated(node, arena);
    domain.direct_map = is_switched_on(node, "direct-map");
    const auto enhanced = node.property("xen,enhanced");
    domain.has_xen_interface = enhanced && enhanced_meaning(*enhanced) == Meaning::on;
    domain.statistics = is_switched_on(node, statistics_property);
    domain.no_passthrough = node.text("passthrough") == "disabled";
    check_domain_features(node, findings);
    check_name(node, findings);
    if (!fdt::required_cells(node)) {
        findings.add(rules::cells, node.path(), {},
                     "lacks #address-cells or #size-cells, or one is not 1 or 2");
    }
    read_memory(node, domain, findings);
    read_cpus(node, domain, findings);
    read_spis(node, domain, findings);
    read_static_mem(node, domain, arena, findings);
    read_modules(node, ModuleGuess::none, domain, findings);
    check_console(domain, findings);
    read_scheduling(node, domain, findings);
    domain.health = read_health(node, findings);
    domain.affinities = read_affinities(node, domain.cpus, arena, findings);
    return domain;
}

}  // namespace isthmus::dom0less
