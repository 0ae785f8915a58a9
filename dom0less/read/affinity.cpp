// SPDX-License-Identifier: Apache-2.0
// `xen,vcpu` children: { compatible; id = <0>; hard-affinity = "0-3,5"; }.
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/domain.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

std::optional<AffinityConfig::Span> parse_span(std::string_view text) {
    const bool is_span = text.find('-') != std::string_view::npos;
    const auto first = fdt::parse_number(fdt::before(text, '-'));
    const auto last = is_span ? fdt::parse_number(fdt::after(text, '-')) : first;
    if (!first || !last || *first > *last || *last >= limits::cpus) {
        return std::nullopt;
    }
    return AffinityConfig::Span{static_cast<u32>(*first), static_cast<u32>(*last)};
}

bool read_cpus(const Node& node, AffinityConfig& affinity, Arena& arena, Findings& findings) {
    const std::string_view text = node.text("hard-affinity");
    ArenaVector<AffinityConfig::Span> spans(arena);
    std::string_view rest = text;
    while (const auto part = fdt::next_part(rest, ',')) {
        const auto span = parse_span(*part);
        if (!span) {
            findings.add(rules::affinity, node.path(), "hard-affinity",
                         "\"{}\" is no CPU number or span of them below {}", fdt::printable(*part),
                         limits::cpus);
            return false;
        }
        spans.push_back(*span);
    }
    if (spans.empty()) {
        findings.add(rules::affinity, node.path(), "hard-affinity", "names no CPU");
        return false;
    }
    affinity.cpus = spans.items();
    return true;
}

}  // namespace

std::span<const AffinityConfig> read_affinities(const Node& node, u32 vcpus, Arena& arena,
                                                Findings& findings) {
    ArenaVector<AffinityConfig> list(arena);
    for (const Node child : node.children()) {
        if (!child.is_compatible("xen,vcpu") || !child.has("hard-affinity")) {
            continue;
        }
        AffinityConfig affinity;
        affinity.path = child.path();
        const auto id = child.property("id");
        const auto number = id ? id->single_cell() : std::nullopt;
        if (!number || *number >= vcpus) {
            findings.add(rules::affinity, child.path(), "id",
                         "absent, or not one of the domain's {} vCPUs", vcpus);
            continue;
        }
        affinity.vcpu = *number;
        if (read_cpus(child, affinity, arena, findings)) {
            list.push_back(affinity);
        }
    }
    return list.items();
}

}  // namespace isthmus::dom0less
