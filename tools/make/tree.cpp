// SPDX-License-Identifier: Apache-2.0
// The domains of a configuration as device-tree source (docs/bindings.md).
#include <algorithm>

#include "isthmus/text.hpp"
#include "isthmus/units.hpp"
#include "tools/make/text.hpp"

namespace isthmus::tools {
namespace {

/// How a domain's node counts; Dom0's modules are /chosen's, which counts as the root does.
constexpr fdt::CellCounts two_cells{2, 2};

template <class... Args>
std::string format(std::string_view text, const Args&... args) {
    TextBuffer<512> buffer;
    print(buffer, text, args...);
    return std::string(buffer.view());
}

/// A number of two cells.
std::string cells(u64 number) {
    return format("{x} {x}", number >> 32, number & 0xffff'ffff);
}

/// A number of one or two cells.
std::string number(u64 value, u32 count) {
    return count == 2 ? cells(value) : format("{x}", value);
}

/// A start and a size.
template <class Range>
std::string range_cells(const Range& range, const fdt::CellCounts& counts = two_cells) {
    return number(range.start().raw(), counts.address) + " " + number(range.size(), counts.size);
}

std::string unit_address(u64 address) {
    return format("{x}", address).substr(2);
}

std::string properties_text(const std::vector<MakeProperty>& properties, const char* indent) {
    std::string text;
    for (const MakeProperty& property : properties) {
        text +=
            indent + property.name + (property.value.empty() ? "" : " = " + property.value) + ";\n";
    }
    return text;
}

std::string module_text(std::string_view kind, const PlacedModule& module,
                        const std::string& bootargs, const fdt::CellCounts& counts) {
    const HostRange& range = module.range;
    std::string text =
        format(R"(
			{}@{} {
				compatible = "multiboot,{}", "multiboot,module";
				reg = <{}>;
)",
               kind, unit_address(range.start().raw()), kind, range_cells(range, counts));
    if (!bootargs.empty()) {
        text += "\t\t\t\tbootargs = " + source_quoted(bootargs) + ";\n";
    }
    if (!module.sha256.empty()) {
        text += "\t\t\t\tisthmus,sha256 = \"" + module.sha256 + "\";\n";
    }
    return text + "\t\t\t};\n";
}

/// Upstream's dialect: host, guest, size, or without the host; numbered regions: host, size, guest.
/// The host address is the region's, also for a window.
std::string range_text(const MakeRegion& region, const MakeUse& use, const HostRange& host,
                       const GuestRange& guest, const fdt::CellCounts& counts) {
    const std::string guest_text = number(guest.start().raw(), counts.address);
    const std::string host_text = number(host.start().raw(), counts.address);
    const std::string size = number(use.size, counts.size);
    if (region.id) {
        return host_text + " " + size + " " + guest_text;
    }
    return (host.empty() ? "" : host_text + " ") + guest_text + " " + size;
}

std::string region_text(const MakeRegion& region, const MakeUse& use, const HostRange& host,
                        const GuestRange& guest, const fdt::CellCounts& counts) {
    constexpr const char* indent = "\t\t\t\t";
    std::string text =
        format("\n\t\t\tshm-{}@{} {\n", region.name, unit_address(guest.start().raw()));
    const auto add = [&](const std::string& line) { text += indent + line + ";\n"; };
    add("compatible = \"xen,domain-shared-memory-v1\"");
    add("xen,shm-id = " + (region.id ? format("<{x}>", *region.id) : source_quoted(region.name)));
    add("xen,shared-mem = <" + range_text(region, use, host, guest, counts) + ">");
    if (!region.owner.empty()) {
        add(use.domain == region.owner ? R"(role = "owner")" : R"(role = "borrower")");
    }
    if (use.is_reader) {
        add(R"(isthmus,access = "ro")");
    }
    if (use.offset) {
        add("isthmus,offset = <" + cells(*use.offset) + ">");
    }
    if (region.has_doorbells) {
        add("isthmus,doorbell");
    }
    if (region.has_status) {
        add("isthmus,status");
    }
    if (!use.presentation.empty()) {
        add("isthmus,presentation = " + source_quoted(use.presentation));
    }
    if (!use.on_restart.empty()) {
        add("isthmus,on-restart = " + source_quoted(use.on_restart));
    }
    return text + properties_text(use.properties, indent) + "\t\t\t};\n";
}

std::string static_memory_text(const std::vector<HostRange>& ranges) {
    std::string list;
    for (const HostRange& range : ranges) {
        list += (list.empty() ? "<" : ", <") + range_cells(range) + ">";
    }
    return "\t\t\t#xen,static-mem-address-cells = <2>;\n\t\t\t#xen,static-mem-size-cells = <2>;\n"
           "\t\t\txen,static-mem = " +
           list + ";\n";
}

std::string pool_text(const MakePool& pool, const std::vector<std::string>& cpus) {
    std::string list;
    for (const u32 cpu : pool.cpus) {
        list += (list.empty() ? "&{" : " &{") + cpus[cpu] + "}";
    }
    std::string text = "\n\t\t" + pool.name + " {\n\t\t\tcompatible = \"xen,cpupool\";\n" +
                       "\t\t\tcpupool-cpus = <" + list + ">;\n";
    if (!pool.scheduler.empty()) {
        text += "\t\t\tcpupool-sched = " + source_quoted(pool.scheduler) + ";\n";
    }
    return text + "\t\t};\n";
}

std::string affinity_text(const MakeDomain& domain) {
    std::string text;
    for (u32 vcpu = 0; !domain.affinity.empty() && vcpu < domain.cpus; ++vcpu) {
        const std::string& cpus = domain.affinity[domain.affinity.size() == 1 ? 0 : vcpu];
        text += format(R"(
			vcpu{} {
				compatible = "xen,vcpu";
				id = <{}>;
				hard-affinity = {};
			};
)",
                       vcpu, vcpu, source_quoted(cpus));
    }
    return text;
}

std::string domain_properties(const MakeDomain& domain, const std::vector<HostRange>& ranges) {
    std::string text =
        format(R"(
		{} {
			compatible = "xen,domain";
			#address-cells = <2>;
			#size-cells = <2>;
			memory = <{}>;		/* {}, in KiB */
			cpus = <{}>;
)",
               domain.name, cells(domain.memory / KiB), byte_size(domain.memory), domain.cpus);
    for (const std::string& property : domain.emulated) {
        text += "\t\t\t" + property + ";\n";
    }
    text += domain.has_xen ? "\t\t\txen,enhanced = \"no-xenstore\";\n" : "";
    text += domain.has_statistics ? "\t\t\tisthmus,statistics;\n" : "";
    text += domain.spis ? format("\t\t\tnr_spis = <{}>;\n", *domain.spis) : "";
    text += domain.cpupool.empty()
                ? ""
                : "\t\t\tdomain-cpupool = <&{/chosen/" + domain.cpupool + "}>;\n";
    text += domain.is_direct ? "\t\t\tdirect-map;\n" : "";
    text += ranges.empty() ? "" : static_memory_text(ranges);
    text += properties_text(domain.health, "\t\t\t");
    return text + properties_text(domain.properties, "\t\t\t");
}

/// The domain's ends of event channels. Each names the other by its path.
std::string channels_text(const MakeConfig& config, const MakeDomain& domain) {
    std::string text;
    for (usize i = 0; i < config.channels.size(); ++i) {
        const auto& ends = config.channels[i].ends;
        for (usize j = 0; j < ends.size(); ++j) {
            const MakeChannel::End& peer = ends[1 - j];
            if (ends[j].domain != domain.name) {
                continue;
            }
            const std::string parent = peer.domain == dom0_name ? "" : "/" + peer.domain;
            const std::string name = "channel" + std::to_string(i);
            const std::string port = std::to_string(ends[j].port);
            text.append("\n\t\t\t").append(name).append(" {\n");
            text.append("\t\t\t\tcompatible = \"xen,evtchn-v1\";\n");
            text.append("\t\t\t\txen,evtchn = <").append(port).append(" &{/chosen");
            text.append(parent).append("/").append(name).append("}>;\n\t\t\t};\n");
        }
    }
    return text;
}

/// Modules, regions, event channels.
std::string children_text(const MakeConfig& config, const MakePlaces& places,
                          const MakeDomain& domain, const fdt::CellCounts& counts) {
    std::string text = module_text("kernel", places.module(domain.kernel), domain.bootargs, counts);
    if (!domain.ramdisk.empty()) {
        text += module_text("ramdisk", places.module(domain.ramdisk), "", counts);
    }
    for (usize i = 0; i < config.regions.size(); ++i) {
        const MakeRegion& region = config.regions[i];
        for (usize j = 0; j < region.uses.size(); ++j) {
            if (region.uses[j].domain == domain.name) {
                text += region_text(region, region.uses[j], places.regions[i].host,
                                    places.regions[i].guests[j], counts);
            }
        }
    }
    return text + channels_text(config, domain);
}

std::string domain_text(const MakeConfig& config, const MakePlaces& places, usize number) {
    const MakeDomain& domain = config.domains[number];
    return domain_properties(domain, places.static_memory[number]) + affinity_text(domain) +
           children_text(config, places, domain, two_cells) + "\t\t};\n";
}

/// Its modules stand directly under /chosen.
std::string dom0_text(const MakeConfig& config, const MakePlaces& places,
                      const MakeDomain& domain) {
    return format("\t\t#address-cells = <{}>;\n\t\t#size-cells = <{}>;\n",
                  places.root_cells.address, places.root_cells.size) +
           (domain.has_statistics ? "\t\tisthmus,statistics;\n" : "") +
           children_text(config, places, domain, places.root_cells);
}

/// What [dom0] says, as the arguments that Isthmus takes.
std::string dom0_arguments(const MakeDomain& domain) {
    return format("dom0_mem={}K", domain.memory / KiB) +
           (domain.cpus == 0 ? "" : format(" dom0_max_vcpus={}", domain.cpus));
}

/// `xen,static-heap` counts in the root's cells.
std::string static_heap_text(const std::vector<HostRange>& ranges, const fdt::CellCounts& root) {
    std::string list;
    for (const HostRange& range : ranges) {
        list += (list.empty() ? "<" : ", <") + range_cells(range, root) + ">";
    }
    return list.empty() ? "" : "\t\txen,static-heap = " + list + ";\n";
}

std::string chosen_text(const MakeConfig& config, const fdt::CellCounts& root) {
    const MakeHypervisor& hypervisor = config.hypervisor;
    std::string arguments = hypervisor.args;
    if (const MakeDomain* dom0 = config.dom0()) {
        arguments += (arguments.empty() ? "" : " ") + dom0_arguments(*dom0);
    }
    std::string text;
    if (!arguments.empty()) {
        text += "\t\txen,xen-bootargs = " + source_quoted(arguments) + ";\n";
    }
    return text + static_heap_text(hypervisor.static_heap, root) +
           properties_text(hypervisor.properties, "\t\t");
}

}  // namespace

std::string source_quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += c;
    }
    return out + '"';
}

std::string tree_text(const MakeConfig& config, const MakePlaces& places) {
    std::string text =
        "\n/* By isthmus make, from " + config.file.filename().string() + ". */\n/ {\n\tchosen {\n";
    text += chosen_text(config, places.root_cells);
    if (const MakeDomain* dom0 = config.dom0()) {
        text += dom0_text(config, places, *dom0);
    }
    for (const MakePool& pool : config.pools) {
        text += pool_text(pool, places.cpus);
    }
    for (usize i = 0; i < config.domains.size(); ++i) {
        text += config.domains[i].is_dom0 ? "" : domain_text(config, places, i);
    }
    return text + "\t};\n};\n";
}

}  // namespace isthmus::tools
