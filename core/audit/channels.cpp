// SPDX-License-Identifier: Apache-2.0
#include "core/audit/channels.hpp"

#include <algorithm>

#include "core/arm/xen/guest.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core {
namespace {

using dom0less::ChannelEndPlan;
using xen::Port;

bool is_as_planned(const xen::Guest& guest, const ChannelEndPlan& planned) {
    const Port port = guest.ports[planned.port].load();
    if (!port.is_static || !port.leads_to(planned.peer, planned.peer_port) ||
        port.bell >= guest.bells.size()) {
        return false;
    }
    const xen::ChannelBell& bell = guest.bells[port.bell];
    return bell.peer != nullptr && bell.peer == xen::find_guest(planned.peer) &&
           bell.peer_port == planned.peer_port;
}

}  // namespace

void audit_channels(const Domain& domain, AuditReport& report) {
    const dom0less::XenPlan& planned = domain.plan->xen;
    if ((domain.xen == nullptr) != (planned.interface == dom0less::XenInterface::none)) {
        report.differ("audit: {} has Xen's interface, or has it not, against its plan",
                      domain.plan->name);
        return;
    }
    if (domain.xen == nullptr) {
        return;
    }
    const xen::Guest& guest = *domain.xen;
    for (const ChannelEndPlan& end : planned.channels) {
        if (!is_as_planned(guest, end)) {
            report.differ("audit: event channel {} of {} does not ring as planned", end.port,
                          domain.plan->name);
        }
    }
    const auto is_open = [](const xen::AtomicPort& port) {
        return port.load().state != Port::State::free;
    };
    const auto open = static_cast<usize>(std::ranges::count_if(guest.ports, is_open));
    const usize expected = planned.channels.size() + (planned.console_port != 0 ? 1 : 0);
    if (open != expected) {
        report.differ("audit: {} has {} ports, planned {}", domain.plan->name, open, expected);
    }
}

}  // namespace isthmus::core
