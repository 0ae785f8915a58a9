// SPDX-License-Identifier: Apache-2.0
#include "tools/plan/json.hpp"

#include <algorithm>
#include <array>

#include "tools/plan/json_parts.hpp"

namespace isthmus::tools {
namespace {

using dom0less::DomainPlan;
using dom0less::HostUse;
using dom0less::Plan;

// In the order of the enumerations.
constexpr std::array<std::string_view, 10> uses = {"isthmus",    "boot_tree",  "module", "reserved",
                                                   "memreserve", "domain_ram", "shared", "heap",
                                                   "unused",     "arena"};
constexpr std::array<std::string_view, 8> types = {
    "", "ram_rw", "ram_ro", "shared_rw", "device", "foreign_rw", "foreign_ro", "reserved_rw"};
constexpr std::array<std::string_view, 3> presentations = {"reserved", "xen", "pmem"};
constexpr std::array<std::string_view, 3> last_off = {"halt", "poweroff", "reset"};

void write_module(JsonWriter& json, std::string_view name, const dom0less::ModulePlan& module) {
    json.key(name);
    json.begin_object();
    write_range(json, "host", module.host);
    json.member("path", module.path);
    json.end_object();
}

void write_images(JsonWriter& json, const DomainPlan& domain) {
    write_module(json, "kernel", domain.kernel);
    if (domain.ramdisk) {
        write_module(json, "ramdisk", *domain.ramdisk);
    }
    json.member("bootargs", domain.bootargs);
    write_range(json, "kernel_window", domain.kernel_window);
    write_range(json, "ramdisk_target", domain.ramdisk_target);
    write_range(json, "tree_target", domain.tree_target);
}

void write_vcpus(JsonWriter& json, const DomainPlan& domain) {
    json.key("vcpus");
    json.begin_array();
    for (const dom0less::VcpuPlan& vcpu : domain.vcpus) {
        json.begin_object();
        json.member("id", vcpu.id);
        json.member("mpidr", vcpu.mpidr);
        json.member("host_cpu", vcpu.host_cpu);
        json.end_object();
    }
    json.end_array();
}

void write_memory(JsonWriter& json, const DomainPlan& domain) {
    json.key("mappings");
    json.begin_array();
    for (const dom0less::MappingPlan& mapping : domain.mappings) {
        json.begin_object();
        write_range(json, "guest", mapping.guest);
        json.member("host", mapping.host.raw());
        json.member("type", types[static_cast<usize>(mapping.type)]);
        json.member("writable", mm::is_writable(mapping.type));
        json.member("executable", mm::is_executable(mapping.type));
        write_number_or_null(json, "region", mapping.region);
        json.end_object();
    }
    json.end_array();
    json.key("views");
    json.begin_array();
    for (const shm::SharedViewPlan& view : domain.views) {
        json.begin_object();
        json.member("region", view.region);
        write_range(json, "guest", view.guest);
        json.member("offset", view.offset);
        json.member("writable", view.writable);
        json.member("is_owner", view.is_owner);
        json.member("presentation", presentations[static_cast<usize>(view.presentation)]);
        json.member("path", view.path);
        json.end_object();
    }
    json.end_array();
}

void write_domain(JsonWriter& json, const DomainPlan& domain, const fdt::HostDescription& host) {
    json.begin_object();
    json.member("id", static_cast<u32>(domain.id));
    json.member("name", domain.name);
    json.member("path", domain.path);
    json.member("memory_bytes", domain.memory_bytes);
    json.member("is_dom0", domain.is_dom0());
    json.member("direct_map", domain.direct_map);
    json.member("pool", domain.pool);
    json.member("priority", domain.priority);
    write_images(json, domain);
    write_devices(json, domain, host);
    write_vcpus(json, domain);
    write_memory(json, domain);
    json.end_object();
}

/// `index` is what mappings, views and the host map call the region.
void write_region(JsonWriter& json, const shm::RegionPlan& region, usize index) {
    json.begin_object();
    json.member("index", index);
    json.member("id", region.id);
    json.member("dialect", region.dialect == shm::RegionPlan::Dialect::text ? "text" : "cell");
    json.member("owner", static_cast<u32>(region.owner));
    json.member("size", region.size);
    json.key("host");
    json.begin_array();
    for (const HostRange& piece : region.host) {
        json.begin_array();
        json.value(piece.start().raw());
        json.value(piece.end().raw());
        json.end_array();
    }
    json.end_array();
    json.key("borrowers");
    json.begin_array();
    for (const DomainId borrower : region.borrowers) {
        json.value(static_cast<u32>(borrower));
    }
    json.end_array();
    json.member("references_per_page", region.references_per_page);
    json.member("path", region.path);
    json.end_object();
}

bool has_part(const shm::RegionPlan& region, DomainId id) {
    return region.owner == id || std::ranges::count(region.borrowers, id) != 0;
}

void write_host_map(JsonWriter& json, const Plan& plan, const DomainPlan* only) {
    json.key("host_map");
    json.begin_array();
    for (const dom0less::HostUsePlan& entry : plan.host_map) {
        if (only != nullptr && entry.owner != only->id) {
            continue;
        }
        json.begin_object();
        write_range(json, "range", entry.range);
        json.member("use", uses[static_cast<usize>(entry.use)]);
        json.member("owner", static_cast<u32>(entry.owner));
        const bool is_shared = entry.use == HostUse::shared;
        write_number_or_null(json, "region",
                             is_shared ? std::optional(entry.region) : std::nullopt);
        json.member("static", entry.is_static);
        json.member("path", entry.path);
        json.end_object();
    }
    json.end_array();
}

void write_options(JsonWriter& json, const dom0less::Options& options) {
    json.key("options");
    json.begin_object();
    json.member("on_last_off", last_off[static_cast<usize>(options.on_last_off)]);
    json.member("dtuart", options.dtuart);
    json.member("conswitch", std::string_view(&options.conswitch, 1));
    json.member("release_stopped", options.release_stopped);
    json.member("quiet", options.quiet);
    json.member("guest_output", dom0less::text_form_name(options.guest_output));
    json.member("bootscrub", options.bootscrub);
    json.member("scheduler", dom0less::scheduler_name(options.scheduler));
    json.member("slice_ms", options.slice_ms);
    json.end_object();
}

void write_pools(JsonWriter& json, const Plan& plan) {
    json.key("pools");
    json.begin_array();
    for (const dom0less::CpuPoolPlan& pool : plan.pools) {
        json.begin_object();
        json.member("scheduler", dom0less::scheduler_name(pool.scheduler));
        json.key("cpus");
        json.begin_array();
        for (const u32 cpu : pool.cpus) {
            json.value(cpu);
        }
        json.end_array();
        json.member("path", pool.path);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

void write_plan(JsonWriter& json, const Plan& plan, const fdt::HostDescription& host,
                const dom0less::Digest& digest, const DomainPlan* only) {
    json.begin_object();
    json.member("digest", dom0less::digest_text(digest).view());
    write_machine(json, host);
    write_options(json, plan.options);
    write_pools(json, plan);
    json.key("domains");
    json.begin_array();
    for (const DomainPlan& domain : plan.domains) {
        if (only == nullptr || only == &domain) {
            write_domain(json, domain, host);
        }
    }
    json.end_array();
    json.key("regions");
    json.begin_array();
    for (usize i = 0; i < plan.regions.size(); ++i) {
        if (only == nullptr || has_part(plan.regions[i], only->id)) {
            write_region(json, plan.regions[i], i);
        }
    }
    json.end_array();
    write_host_map(json, plan, only);
    if (only == nullptr) {
        write_not_for_dom0(json, plan);
    }
    json.end_object();
}

}  // namespace isthmus::tools
