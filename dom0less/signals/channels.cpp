// SPDX-License-Identifier: Apache-2.0
#include "dom0less/signals/channels.hpp"

#include <algorithm>

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"
#include "shm/rules.hpp"

namespace isthmus::dom0less {
namespace {

constexpr std::string_view end_property = "xen,evtchn";

/// An end and whose it is.
struct Found {
    const DomainConfig* domain = nullptr;
    const ChannelEndConfig* end = nullptr;
};

std::optional<Found> find_end(const SystemConfig& config, u32 phandle) {
    for (const DomainConfig& domain : config.domains) {
        for (const ChannelEndConfig& end : domain.channels) {
            if (phandle != 0 && end.phandle == phandle) {
                return Found{&domain, &end};
            }
        }
    }
    return std::nullopt;
}

/// The other end, when the two are a pair.
std::optional<Found> peer_of(const SystemConfig& config, const DomainConfig& domain,
                             const ChannelEndConfig& end, Findings& findings) {
    const auto peer = find_end(config, end.peer);
    if (!peer) {
        if (config.all_channels_readable) {
            findings.add(rules::evtchn_peer, end.path, end_property,
                         "phandle {x} leads to no end of an event channel", end.peer);
        }
        return std::nullopt;
    }
    if (peer->domain == &domain) {
        findings.add_other(rules::evtchn_same_domain, end.path, end_property, peer->end->path,
                           "the other end, {}, is the same domain's", peer->end->path);
        return std::nullopt;
    }
    if (end.phandle == 0 || peer->end->peer != end.phandle) {
        findings.add_other(rules::evtchn_one_sided, end.path, end_property, peer->end->path,
                           "the other end, {}, does not name this one", peer->end->path);
        return std::nullopt;
    }
    return peer;
}

}  // namespace

std::span<const ChannelEndPlan> plan_channels(const SystemConfig& config,
                                              const DomainConfig& domain, Arena& arena,
                                              Findings& findings) {
    ArenaVector<ChannelEndPlan> plans(arena);
    for (const ChannelEndConfig& end : domain.channels) {
        const auto peer = peer_of(config, domain, end, findings);
        if (!peer) {
            continue;
        }
        usize at = plans.size();
        while (at > 0 && end.port < plans[at - 1].port) {
            --at;
        }
        plans.insert(at, {end.port, peer->domain->id, peer->end->port, end.path});
    }
    return plans.items();
}

std::span<const u32> plan_notifications(const shm::NodeConfig& node, const DomainConfig& domain,
                                        std::span<const ChannelEndPlan> channels,
                                        std::span<const DomainId> parties, Arena& arena,
                                        Findings& findings) {
    constexpr std::string_view property = "xen,notification";
    if (node.notifications.empty()) {
        return {};
    }
    const std::span<u32> ports = arena.allocate<u32>(parties.size());
    for (const u32 phandle : node.notifications) {
        const auto own = std::ranges::find_if(domain.channels, [&](const ChannelEndConfig& end) {
            return phandle != 0 && end.phandle == phandle;
        });
        const auto end = std::ranges::find_if(channels, [&](const ChannelEndPlan& channel) {
            return own != domain.channels.end() && channel.path == own->path;
        });
        if (end == channels.end()) {
            findings.add(shm::rules::notification, node.path, property,
                         "phandle {x} leads to no event channel of this domain", phandle);
            continue;
        }
        const auto party = std::ranges::find(parties, end->peer);
        if (party == parties.end()) {
            findings.add_other(shm::rules::notification, node.path, property, end->path,
                               "the event channel {} leads to nobody who has the region",
                               end->path);
            continue;
        }
        const auto number = static_cast<usize>(party - parties.begin());
        if (number < ports.size()) {
            ports[number] = end->port;
        }
    }
    return ports;
}

}  // namespace isthmus::dom0less
