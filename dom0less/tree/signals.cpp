// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/signals.hpp"

#include <algorithm>

#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::TreeWriter;

/// Instead of a doorbell's number: there is none to ring oneself.
constexpr u32 no_bell = 0xffff'ffff;

template <class T>
using ByParty = StaticVector<T, limits::shm_nodes_per_region>;

std::optional<u32> bell_to(const DomainPlan& domain, u32 region, DomainId peer) {
    for (u32 number = 0; number < domain.doorbells.size(); ++number) {
        const DoorbellPlan& bell = domain.doorbells[number];
        if (bell.region == region && bell.peer == peer) {
            return number;
        }
    }
    return std::nullopt;
}

void write_parties(TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                   const shm::RegionPlan& region) {
    ByParty<std::string_view> names;
    u32 own = 0;
    for (u32 i = 0; i < region.parties.size(); ++i) {
        const DomainPlan* party = find_domain(plan, region.parties[i]);
        static_cast<void>(names.push_back(party != nullptr ? party->name : std::string_view{}));
        own = region.parties[i] == domain.id ? i : own;
    }
    tree.texts("isthmus,parties", names.items());
    tree.cells("isthmus,party", {own});
}

/// The domain's view of the page that says what has become of the region's parties.
const shm::SharedViewPlan* status_of(const Plan& plan, const DomainPlan& domain, u32 region) {
    for (const shm::SharedViewPlan& view : domain.views) {
        const shm::RegionPlan& shown = plan.regions[view.region];
        if (shown.role == shm::RegionPlan::Role::status && shown.subject == region) {
            return &view;
        }
    }
    return nullptr;
}

}  // namespace

void write_hypervisor(TreeWriter& tree, const DomainPlan& domain, const TreeContext& context) {
    const GuestRange grants = domain.xen.grants;
    if (domain.xen.interface != XenInterface::node) {
        return;
    }
    tree.begin_node("hypervisor");
    tree.texts("compatible", {"xen,xen-4.17", "xen,xen"});
    const std::array<u64, 2> pair{grants.start().raw(), grants.size()};
    write_reg(tree, context.cells, pair);
    write_private_interrupt(tree, context, guest_layout::event_channel_intid);
    tree.end_node();
}

void write_console_page(TreeWriter& tree, const DomainPlan& domain, fdt::CellCounts cells) {
    const GuestRange page = domain.xen.console;
    if (page.empty()) {
        return;
    }
    tree.begin_node("xen-console", page.start().raw());
    const std::array<u64, 2> pair{page.start().raw(), page.size()};
    write_reg(tree, cells, pair);
    tree.empty("no-map");
    tree.end_node();
}

void write_region_signals(TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                          const shm::SharedViewPlan& view, const TreeContext& context) {
    const shm::RegionPlan& region = plan.regions[view.region];
    const shm::SharedViewPlan* status = status_of(plan, domain, view.region);
    if (!region.has_doorbells && view.event_ports.empty() && status == nullptr) {
        return;
    }
    write_parties(tree, plan, domain, region);
    if (status != nullptr) {
        const std::array<u64, 2> pair{status->guest.start().raw(), status->guest.size()};
        tree.numbers("isthmus,status", pair, context.cells.address, context.cells.size);
    }
    if (!view.event_ports.empty()) {
        tree.cells("isthmus,event-channels", view.event_ports);
    }
    if (!region.has_doorbells) {
        return;
    }
    ByParty<u32> bells;
    std::optional<u32> intid;
    for (const DomainId party : region.parties) {
        const auto bell = bell_to(domain, view.region, party);
        static_cast<void>(bells.push_back(bell.value_or(no_bell)));
        intid = bell ? domain.doorbells[*bell].intid : intid;
    }
    tree.cells("isthmus,doorbells", bells.items());
    if (intid) {
        write_edge_interrupt(tree, context, *intid);
    }
}

}  // namespace isthmus::dom0less
