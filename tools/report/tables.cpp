// SPDX-License-Identifier: Apache-2.0
// The report's tables: everything that the maps show, and what cannot be drawn.
#include <algorithm>

#include "tools/plan_names.hpp"
#include "tools/report/devices.hpp"
#include "tools/report/html.hpp"

namespace isthmus::tools {
namespace {

std::string emulated(const dom0less::DomainPlan& domain) {
    std::string list;
    for (const dom0less::EmulatedDevicePlan& device : domain.emulated) {
        list += (list.empty() ? "" : ", ") + std::string(device.name);
    }
    return list.empty() ? "-" : list;
}

template <class Range>
std::string range_or_dash(const Range& range) {
    return range.empty() ? "-" : text_of("{}", range);
}

/// How much of Xen's interface it has, and its console.
std::string xen_interface(const dom0less::XenPlan& xen) {
    if (xen.console_port == 0) {
        return std::string(name_of(xen.interface));
    }
    return text_of("{}, console {} port {}", name_of(xen.interface), xen.console, xen.console_port);
}

void write_domains(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "Domains",
               {"name", "id", "RAM", "vCPUs", "emulated devices", "Xen's interface", "bootargs"});
    for (const dom0less::DomainPlan& domain : plan.domains) {
        table_row(page, {std::string(domain.name), text_of("d{}", static_cast<u32>(domain.id)),
                         text_of("{}", byte_size(domain.memory_bytes)),
                         text_of("{}", domain.vcpus.size()), emulated(domain),
                         xen_interface(domain.xen), std::string(domain.bootargs)});
    }
    table_end(page);
}

/// Where it lies, and the digest that the tree asks for.
std::string module_cell(const dom0less::ModulePlan& module) {
    std::string text = range_or_dash(module.host);
    if (!module.sha256.empty()) {
        text.append(" sha256 ").append(module.sha256);
    }
    return text;
}

void write_images(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "What is loaded",
               {"domain", "kernel at host", "ramdisk at host", "kernel window", "ramdisk at guest",
                "tree at guest"});
    for (const dom0less::DomainPlan& domain : plan.domains) {
        table_row(page, {std::string(domain.name), module_cell(domain.kernel),
                         domain.ramdisk ? module_cell(*domain.ramdisk) : "-",
                         range_or_dash(domain.kernel_window), range_or_dash(domain.ramdisk_target),
                         range_or_dash(domain.tree_target)});
    }
    table_end(page);
}

std::string borrowers(const dom0less::Plan& plan, const shm::RegionPlan& region) {
    std::string list;
    for (const DomainId id : region.borrowers) {
        list += (list.empty() ? "" : ", ") + owner_name(plan, id);
    }
    return list.empty() ? "-" : list;
}

std::string pieces(const shm::RegionPlan& region) {
    std::string list;
    for (const HostRange& piece : region.host) {
        list += (list.empty() ? "" : ", ") + text_of("{}", piece);
    }
    return list;
}

/// Who writes it.
std::string writer(const dom0less::Plan& plan, const shm::RegionPlan& region) {
    if (!region.is_system()) {
        return "guests";
    }
    return "Isthmus, of " +
           (region.has_subject() ? region_name(plan.regions[region.subject]) : "all domains");
}

/// With a swatch, which is the legend of the maps.
void write_regions(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "Shared regions",
               {"name", "size", "host", "owner", "borrowers", "references a page", "dialect",
                "doorbells", "written by"});
    for (u32 i = 0; i < plan.regions.size(); ++i) {
        const shm::RegionPlan& region = plan.regions[i];
        page << "<tr><th scope=\"row\"><span class=\"swatch\" style=\"--hue:" << region_hue(i)
             << "\"></span>" << escape(region_name(region)) << "</th>";
        for (const std::string& cell :
             {text_of("{}", byte_size(region.size)), pieces(region), owner_name(plan, region.owner),
              borrowers(plan, region), text_of("{}", region.references_per_page),
              std::string(region.dialect == shm::RegionPlan::Dialect::text ? "text" : "cell"),
              std::string(region.has_doorbells ? "yes" : "no"), writer(plan, region)}) {
            page << "<td>" << escape(cell) << "</td>";
        }
        page << "</tr>\n";
    }
    table_end(page);
}

void write_views(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "Who sees which region where",
               {"domain", "region", "guest", "offset", "role", "access", "shown as",
                "when it is restarted", "node"});
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const shm::SharedViewPlan& view : domain.views) {
            table_row(page, {std::string(domain.name), region_name(plan.regions[view.region]),
                             text_of("{}", view.guest), text_of("{x}", view.offset),
                             view.is_owner ? "owner" : "borrower",
                             view.writable ? "read-write" : "read-only",
                             std::string(name_of(view.presentation)),
                             view.clear_on_restart ? "cleared" : "kept", std::string(view.path)});
        }
    }
    table_end(page);
}

void write_doorbells(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "Doorbells",
               {"domain", "number", "rings", "by its", "region", "interrupt", "while it is off"});
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (usize i = 0; i < domain.doorbells.size(); ++i) {
            const dom0less::DoorbellPlan& bell = domain.doorbells[i];
            table_row(page,
                      {std::string(domain.name), text_of("{}", i), owner_name(plan, bell.peer),
                       text_of("{}", bell.peer_bell), region_name(plan.regions[bell.region]),
                       text_of("{}", bell.intid), bell.keep_when_off ? "kept" : "dropped"});
        }
    }
    table_end(page);
}

void write_channels(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "Static event channels", {"domain", "port", "to", "its port", "node"});
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const dom0less::ChannelEndPlan& end : domain.xen.channels) {
            table_row(page, {std::string(domain.name), text_of("{}", end.port),
                             owner_name(plan, end.peer), text_of("{}", end.peer_port),
                             std::string(end.path)});
        }
    }
    table_end(page);
}

/// Only what there is: most systems have one kind of signals, or none.
void write_signals(std::ostream& page, const dom0less::Plan& plan) {
    const auto has = [&](auto has_some) { return std::ranges::any_of(plan.domains, has_some); };
    if (has([](const dom0less::DomainPlan& domain) { return !domain.doorbells.empty(); })) {
        write_doorbells(page, plan);
    }
    if (has([](const dom0less::DomainPlan& domain) { return !domain.xen.channels.empty(); })) {
        write_channels(page, plan);
    }
}

void write_ends(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "What follows when a domain ends",
               {"domain", "poweroff", "reset", "crash", "watchdog", "panic", "restarts at most",
                "then", "group", "can be restarted"});
    for (const dom0less::DomainPlan& domain : plan.domains) {
        const dom0less::HealthPlan& health = domain.health;
        table_row(page,
                  {std::string(domain.name), std::string(name_of(health.on_power_off)),
                   std::string(name_of(health.on_reset)), std::string(name_of(health.on_crash)),
                   std::string(name_of(health.on_watchdog)), std::string(name_of(health.on_panic)),
                   text_of("{} in {} s", health.restart_count, health.restart_seconds),
                   std::string(name_of(health.on_restart_limit)),
                   health.group.empty() ? "-" : std::string(health.group),
                   health.can_restart ? "yes" : "no"});
    }
    table_end(page);
}

void write_vcpus(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "vCPUs",
               {"domain", "vCPU", "on CPU", "affinity it sees", "scheduler", "priority"});
    for (const dom0less::DomainPlan& domain : plan.domains) {
        const auto scheduler = dom0less::scheduler_name(plan.pools[domain.pool].scheduler);
        for (const dom0less::VcpuPlan& vcpu : domain.vcpus) {
            table_row(page, {std::string(domain.name), text_of("{}", vcpu.id),
                             text_of("{}", vcpu.host_cpu), text_of("{x}", vcpu.mpidr),
                             std::string(scheduler), text_of("{}", domain.priority)});
        }
    }
    table_end(page);
}

void write_interrupts(std::ostream& page, const dom0less::Plan& plan) {
    table_head(page, "Interrupts", {"domain", "device", "INTID it sees", "INTID of the machine"});
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const dom0less::InterruptRoutePlan& route : domain.interrupts) {
            table_row(page, {std::string(domain.name), std::string(route.device),
                             text_of("{}", route.virtual_intid),
                             route.host_intid ? text_of("{}", *route.host_intid) : "emulated"});
        }
    }
    table_end(page);
}

}  // namespace

void write_tables(std::ostream& page, const dom0less::Plan& plan,
                  const fdt::HostDescription& host) {
    if (plan.domains.empty()) {
        page << "<p>The tree describes no guests.</p>\n";
        return;
    }
    write_domains(page, plan);
    write_images(page, plan);
    if (plan.regions.empty()) {
        page << "<p>There are no shared regions.</p>\n";
    } else {
        write_regions(page, plan);
        write_views(page, plan);
    }
    write_signals(page, plan);
    write_ends(page, plan);
    write_vcpus(page, plan);
    write_device_table(page, plan);
    write_stream_table(page, plan, host);
    write_interrupts(page, plan);
}

}  // namespace isthmus::tools
