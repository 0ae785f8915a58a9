// SPDX-License-Identifier: Apache-2.0
#include "tools/plan/json_parts.hpp"

namespace isthmus::tools {
namespace {

void write_reserved(JsonWriter& json, const fdt::HostDescription& host) {
    json.key("reserved");
    json.begin_array();
    for (const fdt::ReservedRange& reserved : host.reserved) {
        json.begin_object();
        write_range(json, "range", reserved.range);
        json.member("path", reserved.path);
        json.end_object();
    }
    json.end_array();
}

/// Registers that Isthmus keeps for itself.
void write_kept(JsonWriter& json, const fdt::HostDescription& host) {
    const auto add = [&](HostRange registers, std::string_view path) {
        if (!registers.empty()) {
            json.begin_object();
            write_range(json, "range", registers);
            json.member("path", path);
            json.end_object();
        }
    };
    json.key("kept");
    json.begin_array();
    if (host.gic) {
        add(host.gic->distributor, host.gic->path);
        for (const HostRange& redistributors : host.gic->redistributors) {
            add(redistributors, host.gic->path);
        }
        add(host.gic->cpu_interface, host.gic->path);
        add(host.gic->hypervisor_interface, host.gic->path);
    }
    if (host.console) {
        add(host.console->registers, host.console->path);
    }
    json.end_array();
}

}  // namespace

void write_machine(JsonWriter& json, const fdt::HostDescription& host) {
    json.key("machine");
    json.begin_object();
    json.member("model", host.model);
    json.member("gic_version", host.gic ? host.gic->version : u8{0});
    json.key("memory");
    json.begin_array();
    for (const fdt::MemoryBank& bank : host.memory) {
        json.begin_object();
        write_range(json, "range", bank.range);
        json.member("path", bank.path);
        json.end_object();
    }
    json.end_array();
    json.key("cpus");
    json.begin_array();
    for (const fdt::HostCpu& cpu : host.cpus) {
        json.begin_object();
        json.member("mpidr", cpu.mpidr);
        json.member("path", cpu.path);
        json.end_object();
    }
    json.end_array();
    write_reserved(json, host);
    write_kept(json, host);
    json.end_object();
}

}  // namespace isthmus::tools
