// SPDX-License-Identifier: Apache-2.0
// The devices of a domain: those that are emulated, and those of the machine.
#include "tools/plan/json_parts.hpp"

namespace isthmus::tools {
namespace {

using dom0less::DomainPlan;

void write_emulated(JsonWriter& json, const DomainPlan& domain) {
    json.key("gic");
    json.begin_object();
    json.member("version", domain.gic.version);
    write_range(json, "distributor", domain.gic.distributor);
    write_range(json, "redistributors", domain.gic.redistributors);
    write_range(json, "cpu_interface", domain.gic.cpu_interface);
    json.member("spis", domain.gic.spis);
    json.end_object();
    if (domain.uart) {
        json.key("uart");
        json.begin_object();
        write_range(json, "registers", domain.uart->registers);
        json.member("intid", domain.uart->intid);
        json.end_object();
    }
}

void write_interrupts(JsonWriter& json, const DomainPlan& domain) {
    json.key("interrupts");
    json.begin_array();
    for (const dom0less::InterruptRoutePlan& route : domain.interrupts) {
        json.begin_object();
        json.member("virtual_intid", route.virtual_intid);
        write_number_or_null(json, "host_intid", route.host_intid);
        json.member("device", route.device);
        json.member("edge", route.edge);
        json.end_object();
    }
    json.end_array();
}

void write_passed_through(JsonWriter& json, const DomainPlan& domain) {
    json.key("devices");
    json.begin_array();
    for (const dom0less::DevicePlan& device : domain.devices) {
        json.begin_object();
        json.member("path", device.path);
        json.member("asked_by", device.asked_by);
        json.key("windows");
        json.begin_array();
        for (const dom0less::DeviceWindowPlan& window : device.windows) {
            json.begin_object();
            write_range(json, "guest", window.guest);
            json.member("host", window.host.raw());
            json.end_object();
        }
        json.end_array();
        json.member("forced", device.is_forced);
        json.member("coherent", device.is_coherent);
        json.end_object();
    }
    json.end_array();
}

void write_streams(JsonWriter& json, const DomainPlan& domain, const fdt::HostDescription& host) {
    json.key("streams");
    json.begin_array();
    for (const fdt::StreamRange& range : domain.streams) {
        json.begin_object();
        json.member("smmu", host.smmus[range.smmu].path);
        json.member("first", range.first);
        json.member("count", range.count);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

void write_number_or_null(JsonWriter& json, std::string_view name,
                          const std::optional<u32>& value) {
    json.key(name);
    if (value) {
        json.value(*value);
    } else {
        json.null();
    }
}

void write_devices(JsonWriter& json, const DomainPlan& domain, const fdt::HostDescription& host) {
    write_emulated(json, domain);
    write_interrupts(json, domain);
    write_passed_through(json, domain);
    write_streams(json, domain, host);
}

void write_not_for_dom0(JsonWriter& json, const dom0less::Plan& plan) {
    json.key("not_for_dom0");
    json.begin_array();
    for (const u32 number : plan.not_for_dom0) {
        json.value(plan.boot_tree->node(number).path());
    }
    json.end_array();
}

}  // namespace isthmus::tools
