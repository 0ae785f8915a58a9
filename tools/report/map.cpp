// SPDX-License-Identifier: Apache-2.0
// What the report's maps show: the machine's RAM, and each guest's addresses.
#include <vector>

#include "tools/report/devices.hpp"
#include "tools/report/draw.hpp"
#include "tools/report/html.hpp"

namespace isthmus::tools {
namespace {

/// "kernel of guest-a, guest-b": several guests may boot one module.
std::string module_label(const dom0less::Plan& plan, const HostRange& range) {
    std::string kernels;
    std::string ramdisks;
    for (const dom0less::DomainPlan& domain : plan.domains) {
        const bool is_ramdisk = domain.ramdisk && domain.ramdisk->host.overlaps(range);
        if (is_ramdisk || domain.kernel.host.overlaps(range)) {
            std::string& list = is_ramdisk ? ramdisks : kernels;
            list += (list.empty() ? "" : ", ") + std::string(domain.name);
        }
    }
    if (!kernels.empty()) {
        return "kernel of " + kernels;
    }
    return ramdisks.empty() ? "module" : "ramdisk of " + ramdisks;
}

Box host_box(const dom0less::Plan& plan, const dom0less::HostUsePlan& use) {
    using dom0less::HostUse;
    Box box{.start = use.range.start().raw(), .end = use.range.end().raw()};
    box.more = use.path;
    box.note = use.is_static ? "static" : "";
    const std::string owner = owner_name(plan, use.owner);
    switch (use.use) {
        case HostUse::isthmus:
            box.style = "isthmus";
            box.label = "Isthmus";
            break;
        case HostUse::arena:
            box.style = "isthmus";
            box.label = "Isthmus: the plan itself";
            break;
        case HostUse::boot_tree:
            box.style = "module";
            box.label = "boot tree";
            break;
        case HostUse::module:
            box.style = "module";
            box.label = module_label(plan, use.range);
            break;
        case HostUse::reserved:
        case HostUse::memreserve:
            box.style = "reserved";
            box.label = use.use == HostUse::reserved ? "reserved" : "kept out (/memreserve/)";
            break;
        case HostUse::domain_ram:
            box.style = "ram";
            box.label = "RAM of " + owner;
            break;
        case HostUse::shared:
            box.style = "region";
            box.label = "region " + region_name(plan.regions[use.region]);
            box.note = "owner " + owner;
            box.region = use.region;
            break;
        case HostUse::unused:
            box.style = "reserved";
            box.label = "unused (not the static heap's)";
            break;
        case HostUse::heap:
            box.style = "heap";
            box.label = "page heap";
            break;
    }
    return box;
}

template <class Range>
void add_device(std::vector<Box>& boxes, const Range& range, std::string_view label) {
    if (!range.empty()) {
        boxes.push_back({.start = range.start().raw(),
                         .end = range.end().raw(),
                         .style = "device",
                         .label = std::string(label),
                         .note = "emulated"});
    }
}

Box guest_box(const dom0less::Plan& plan, const dom0less::MappingPlan& mapping) {
    Box box{.start = mapping.guest.start().raw(), .end = mapping.guest.end().raw()};
    box.more = text_of("at host {}", mapping.host);
    box.read_only = !mm::is_writable(mapping.type);
    box.style = mm::is_device(mapping.type) ? "device" : "ram";
    box.label = mm::is_device(mapping.type) ? "GIC CPU interface" : "RAM";
    if (mapping.type == mm::MappingType::reserved_rw) {
        box.style = "reserved";
        box.label = "reserved memory";
        box.count = 1;
        box.bytes = mapping.guest.size();
    }
    if (mapping.region) {
        box.style = "region";
        box.label = "region " + region_name(plan.regions[*mapping.region]);
        box.note = std::string(mm::is_foreign(mapping.type) ? "borrowed, " : "owned, ") +
                   (box.read_only ? "read-only" : "read-write");
        box.region = mapping.region;
    }
    return box;
}

void write_guest_map(std::ostream& page, const dom0less::Plan& plan,
                     const dom0less::DomainPlan& domain) {
    std::vector<Box> boxes;
    for (const dom0less::MappingPlan& mapping : domain.mappings) {
        boxes.push_back(is_device(domain, mapping) ? device_box(domain, mapping, false)
                                                   : guest_box(plan, mapping));
    }
    add_device(boxes, domain.gic.distributor, "GIC distributor");
    add_device(boxes, domain.gic.redistributors, "GIC redistributors");
    for (const dom0less::EmulatedDevicePlan& device : domain.emulated) {
        for (const GuestRange& frame : device.registers) {
            add_device(boxes, frame, device.name);
        }
    }
    merge_devices(boxes);
    const auto number = static_cast<u32>(domain.id);
    write_map(page, std::string(domain.name), "guest addresses", text_of("map-d{}", number),
              std::move(boxes));
}

}  // namespace

void write_maps(std::ostream& page, const dom0less::Plan& plan) {
    page << "<div class=\"maps\">\n";
    std::vector<Box> boxes;
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        boxes.push_back(host_box(plan, use));
    }
    const usize ram = boxes.size();
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const dom0less::MappingPlan& mapping : domain.mappings) {
            if (is_device(domain, mapping)) {
                boxes.push_back(device_box(domain, mapping, true));
            }
        }
    }
    const char* about = boxes.size() == ram ? "host addresses, RAM only"
                                            : "host addresses: RAM, and guests' devices";
    merge_devices(boxes);
    write_map(page, "the machine", about, "map-host", std::move(boxes));
    for (const dom0less::DomainPlan& domain : plan.domains) {
        write_guest_map(page, plan, domain);
    }
    page << "</div>\n";
}

void write_bare_map(std::ostream& page, const fdt::HostDescription& host) {
    std::vector<Box> boxes;
    for (const fdt::MemoryBank& bank : host.memory) {
        boxes.push_back({.start = bank.range.start().raw(),
                         .end = bank.range.end().raw(),
                         .style = "heap",
                         .label = "RAM",
                         .more = std::string(bank.path)});
    }
    page << "<div class=\"maps\">\n";
    write_map(page, "the machine", "host addresses, RAM only", "map-host", std::move(boxes));
    page << "</div>\n";
}

}  // namespace isthmus::tools
