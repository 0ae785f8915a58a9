// SPDX-License-Identifier: Apache-2.0
#include "dom0less/signals/xen_interface.hpp"

#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

u32 lowest_free_port(std::span<const ChannelEndPlan> channels) {
    u32 port = 1;
    for (const ChannelEndPlan& channel : channels) {
        port += channel.port == port ? 1u : 0u;
    }
    return port < limits::event_ports ? port : 0;
}

}  // namespace

XenPlan plan_xen_interface(const DomainConfig& domain, std::span<const ChannelEndPlan> channels,
                           std::span<const GuestRange> ram, std::optional<GuestRange> spare) {
    XenPlan xen;
    xen.channels = channels;
    if (!domain.has_xen_interface) {
        xen.interface = channels.empty() ? XenInterface::none : XenInterface::calls;
        return xen;
    }
    xen.interface = XenInterface::node;
    xen.grants = guest_layout::xen_grants;
    if (domain.direct_map) {
        xen.grants = spare ? *GuestRange::from(spare->start(), xen.grants.size()) : GuestRange();
    }
    if (!domain.is_dom0() && !ram.empty() && ram.back().size() > page_size) {
        xen.console = *GuestRange::from(ram.back().end() - page_size, page_size);
        xen.console_port = lowest_free_port(channels);
    }
    return xen;
}

}  // namespace isthmus::dom0less
