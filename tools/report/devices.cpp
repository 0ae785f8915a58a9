// SPDX-License-Identifier: Apache-2.0
#include "tools/report/devices.hpp"

#include <algorithm>

#include "isthmus/units.hpp"
#include "tools/report/html.hpp"

namespace isthmus::tools {
namespace {

using dom0less::DevicePlan;
using dom0less::DomainPlan;
using dom0less::MappingPlan;

constexpr std::string_view style_device = "passed";
/// A map with more windows than this is merged.
constexpr usize most_windows = 10;

std::string last_part(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

std::string device_name(const DevicePlan& device) {
    return device.path.empty() ? "registers" : last_part(device.path);
}

/// The devices with registers in the mapping's pages.
std::vector<std::string> names_in(const DomainPlan& domain, const MappingPlan& mapping) {
    std::vector<std::string> names;
    for (const DevicePlan& device : domain.devices) {
        for (const dom0less::DeviceWindowPlan& window : device.windows) {
            if (window.guest.overlaps(mapping.guest)) {
                names.push_back(device_name(device));
                break;
            }
        }
    }
    return names;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

bool may_join(const Box& left, const Box& right) {
    const bool is_kind = left.style == style_device || left.style == "reserved";
    return is_kind && left.style == right.style && left.group == right.group && left.count != 0 &&
           right.count != 0;
}

/// `right` lies above `left`, and nothing between them.
void join(Box& left, const Box& right) {
    left.end = right.end;
    left.count += right.count;
    left.bytes += right.bytes;
    left.more = left.group.empty() ? "" : "of " + left.group;
    const bool is_reserved = left.style == "reserved";
    left.label = text_of(is_reserved ? "{} reserved ranges" : "{} windows of devices", left.count);
    left.note = text_of("of it {}", byte_size(left.bytes));
}

std::string lines_of(const DomainPlan& domain, const DevicePlan& device) {
    std::string list;
    for (const dom0less::InterruptRoutePlan& route : domain.interrupts) {
        if (route.is_device_line() && route.device == device.path) {
            list += (list.empty() ? "" : ", ") + text_of("{}", *route.host_intid) +
                    (route.edge ? " edge" : "");
        }
    }
    return list.empty() ? "-" : list;
}

std::string windows_of(const DevicePlan& device) {
    std::string list;
    for (const dom0less::DeviceWindowPlan& window : device.windows) {
        const bool same = window.guest.start().raw() == window.host.raw();
        list += (list.empty() ? "" : ", ") + text_of("{}", window.guest) +
                (same ? "" : text_of(" at host {}", window.host));
    }
    return list.empty() ? "-" : list;
}

}  // namespace

bool is_device(const DomainPlan& domain, const MappingPlan& mapping) {
    return mm::is_device(mapping.type) && mapping.guest != domain.gic.cpu_interface;
}

Box device_box(const DomainPlan& domain, const MappingPlan& mapping, bool at_host) {
    const u64 start = at_host ? mapping.host.raw() : mapping.guest.start().raw();
    const auto names = names_in(domain, mapping);
    Box box{
        .start = start, .end = start + mapping.guest.size(), .style = std::string(style_device)};
    box.label = names.empty()       ? "device"
                : names.size() == 1 ? names.front()
                                    : text_of("{} devices", names.size());
    box.group = at_host ? domain.name : "";
    box.note = at_host ? box.group : "";
    box.more = (names.size() > 1 ? joined(names) + "; " : "") +
               (at_host ? text_of("guest {}", mapping.guest.start())
                        : text_of("at host {}", mapping.host));
    box.count = 1;
    box.bytes = mapping.guest.size();
    return box;
}

void merge_devices(std::vector<Box>& boxes) {
    std::ranges::sort(boxes, {}, &Box::start);
    const auto small = std::ranges::count_if(boxes, [](const Box& box) { return box.count != 0; });
    if (static_cast<usize>(small) <= most_windows) {
        return;
    }
    std::vector<Box> merged;
    for (Box& box : boxes) {
        if (!merged.empty() && may_join(merged.back(), box)) {
            join(merged.back(), box);
        } else {
            merged.push_back(std::move(box));
        }
    }
    boxes = std::move(merged);
}

void write_stream_table(std::ostream& page, const dom0less::Plan& plan,
                        const fdt::HostDescription& host) {
    const auto has_some = [](const DomainPlan& domain) { return !domain.streams.empty(); };
    if (std::ranges::none_of(plan.domains, has_some)) {
        return;
    }
    table_head(page, "Streams of SMMUs", {"domain", "SMMU", "stream IDs of its devices"});
    for (const DomainPlan& domain : plan.domains) {
        for (const fdt::StreamRange& range : domain.streams) {
            table_row(page, {std::string(domain.name), std::string(host.smmus[range.smmu].path),
                             text_of("{x}-{x}", range.first, range.first + (range.count - 1))});
        }
    }
    table_end(page);
}

void write_device_table(std::ostream& page, const dom0less::Plan& plan) {
    const auto has_some = [](const DomainPlan& domain) { return !domain.devices.empty(); };
    if (std::ranges::none_of(plan.domains, has_some)) {
        return;
    }
    table_head(page, "Devices of the machine",
               {"domain", "device", "interrupts", "asked for by", "registers"});
    for (const DomainPlan& domain : plan.domains) {
        for (const DevicePlan& device : domain.devices) {
            table_row(page, {std::string(domain.name),
                             device.path.empty() ? "registers alone" : std::string(device.path),
                             lines_of(domain, device),
                             device.asked_by.empty() ? "-" : std::string(device.asked_by),
                             windows_of(device)});
        }
    }
    table_end(page);
}

}  // namespace isthmus::tools
