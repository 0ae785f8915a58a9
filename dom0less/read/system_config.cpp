// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/system_config.hpp"
#include "dom0less/read/arguments.hpp"

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/domain.hpp"
#include "dom0less/read/partial_tree.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

/// `xen,static-heap` is aligned to the largest granule of the architecture.
constexpr u64 static_heap_alignment = 64 * KiB;

void read_shared(const Node& node, DomainConfig& domain, SystemConfig& config, Arena& arena,
                 Findings& findings) {
    ArenaVector<shm::NodeConfig> nodes(arena);
    for (const Node child : node.children()) {
        if (!child.is_compatible("xen,domain-shared-memory-v1")) {
            continue;
        }
        if (const auto shared = shm::read_node(child, arena, findings)) {
            nodes.push_back(*shared);
        } else {
            config.all_shared_readable = false;
        }
    }
    domain.shared = nodes.items();
}

void read_static_heap(const Node& chosen, SystemConfig& config, Arena& arena, Findings& findings) {
    config.has_static_heap = chosen.has("xen,static-heap");
    if (config.has_static_heap) {
        config.static_heap = read_host_ranges(chosen, "xen,static-heap", static_heap_alignment,
                                              rules::static_heap, arena, findings)
                                 .value_or(std::span<const HostRange>{});
    }
}

}  // namespace

namespace {

void read_domains(const Node& chosen, SystemConfig& config, ArenaVector<DomainConfig>& domains,
                  Arena& arena, Findings& findings) {
    for (const Node node : chosen.children()) {
        if (!node.is_compatible("xen,domain")) {
            continue;
        }
        if (domains.size() == limits::domains) {
            findings.add(rules::limit, node.path(), {}, "more than {} domains", limits::domains);
            break;
        }
        DomainConfig domain = read_domain(node, arena, findings);
        domain.id =
            static_cast<DomainId>(static_cast<usize>(DomainId::first_guest) + domains.size());
        read_shared(node, domain, config, arena, findings);
        domain.channels = read_channel_ends(node, config.all_channels_readable, arena, findings);
        domains.push_back(domain);
    }
}

/// Names stand before lines of the console and in findings (read/domain.cpp has the rest).
void check_names(std::span<const DomainConfig> domains, Findings& findings) {
    for (const DomainConfig& domain : domains) {
        if (!domain.is_dom0() && domains[0].is_dom0() && domain.name == domains[0].name) {
            findings.add(rules::name, domain.path, {},
                         "{} is the name of Dom0 itself: their lines could not be told apart",
                         domain.name);
        }
    }
}

bool somebody_has_devices(std::span<const DomainConfig> domains) {
    for (const DomainConfig& domain : domains) {
        if (domain.is_dom0() || domain.device_tree) {
            return true;
        }
    }
    return false;
}

}  // namespace

SystemConfig read_config(const ConfigInput& input, Arena& arena, Findings& findings) {
    SystemConfig config;
    config.tree = &input.tree;
    ArenaVector<DomainConfig> domains(arena);
    if (const auto chosen = input.tree.root().child("chosen")) {
        check_chosen_features(*chosen, findings);
        read_static_heap(*chosen, config, arena, findings);
        config.pools = read_cpupools(input.tree, *chosen, arena, findings);
        read_domains(*chosen, config, domains, arena, findings);
        if (find_dom0_kernel(*chosen)) {
            DomainConfig dom0 =
                read_dom0(*chosen, input, domains.items(), config.pools, arena, findings);
            read_shared(*chosen, dom0, config, arena, findings);
            dom0.channels =
                read_channel_ends(*chosen, config.all_channels_readable, arena, findings);
            dom0.has_xen_interface = dom0.has_xen_interface || !dom0.channels.empty();
            domains.insert(0, dom0);
        }
    }
    if (domains.empty()) {
        findings.add(rules::none, "/chosen", {}, "no \"xen,domain\" node: no guest will run");
    }
    check_names(domains.items(), findings);
    for (DomainConfig& domain : domains) {
        check_modules_in_ram(input.host, domain, findings);
    }
    if (somebody_has_devices(domains.items())) {
        config.devices = read_host_devices(input.tree, input.host, arena);
        for (DomainConfig& domain : domains) {
            read_partial_tree(input, config.devices, domain, arena, findings);
        }
    }
    config.domains = domains.items();
    return config;
}

}  // namespace isthmus::dom0less
