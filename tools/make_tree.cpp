// SPDX-License-Identifier: Apache-2.0
// The domains of a configuration as device-tree source (docs/bindings.md).
#include <algorithm>

#include "fdt/words.hpp"
#include "isthmus/text.hpp"
#include "isthmus/units.hpp"
#include "tools/make_text.hpp"

namespace isthmus::tools {
namespace {

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

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += c;
    }
    return out + '"';
}

std::string module_text(std::string_view kind, const HostRange& range,
                        const std::string& bootargs) {
    std::string text = format(R"(
			{}@{} {
				compatible = "multiboot,{}", "multiboot,module";
				reg = <{}>;
)",
                              kind, format("{x}", range.start().raw()).substr(2), kind,
                              cells(range.start().raw()) + " " + cells(range.size()));
    if (!bootargs.empty()) {
        text += "\t\t\t\tbootargs = " + quoted(bootargs) + ";\n";
    }
    return text + "\t\t\t};\n";
}

/// `role` is empty for a borrower of a region that dom_io owns.
std::string region_text(const MakeRegion& region, const HostRange& host, const GuestRange& guest,
                        std::string_view role, bool is_reader) {
    std::string text =
        format(R"(
			shm-{}@{} {
				compatible = "xen,domain-shared-memory-v1";
				xen,shm-id = "{}";
				xen,shared-mem = <{} {} {}>;
)",
               region.name, format("{x}", guest.start().raw()).substr(2), region.name,
               cells(host.start().raw()), cells(guest.start().raw()), cells(region.size));
    if (!role.empty()) {
        text += format("\t\t\t\trole = \"{}\";\n", role);
    }
    if (is_reader) {
        text += "\t\t\t\tisthmus,access = \"ro\";\n";
    }
    if (!region.presentation.empty()) {
        text += "\t\t\t\tisthmus,presentation = " + quoted(region.presentation) + ";\n";
    }
    return text + "\t\t\t};\n";
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

std::string domain_text(const MakeConfig& config, const MakePlaces& places,
                        const MakeDomain& domain) {
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
    text += domain.uart ? "\t\t\tvpl011;\n" : "";
    text += module_text("kernel", places.module(domain.kernel), domain.bootargs);
    if (!domain.ramdisk.empty()) {
        text += module_text("ramdisk", places.module(domain.ramdisk), "");
    }
    for (usize i = 0; i < config.regions.size(); ++i) {
        const MakeRegion& region = config.regions[i];
        const bool is_owner = region.owner == domain.name;
        const bool is_reader = contains(region.readers, domain.name);
        if (is_owner || is_reader || contains(region.borrowers, domain.name)) {
            const char* role = is_owner ? "owner" : region.owner.empty() ? "" : "borrower";
            text += region_text(region, places.region_hosts[i], places.region_guests[i], role,
                                is_reader);
        }
    }
    return text + "\t\t};\n";
}

}  // namespace

std::string tree_text(const MakeConfig& config, const MakePlaces& places) {
    std::string text =
        "\n/* By isthmus make, from " + config.file.filename().string() + ". */\n/ {\n\tchosen {\n";
    if (!config.hypervisor.args.empty()) {
        text += "\t\txen,xen-bootargs = " + quoted(config.hypervisor.args) + ";\n";
    }
    for (const MakeDomain& domain : config.domains) {
        text += domain_text(config, places, domain);
    }
    return text + "\t};\n};\n";
}

Line line_of_path(const MakeConfig& config, std::string_view path) {
    constexpr std::string_view chosen = "/chosen";
    if (!path.starts_with(chosen)) {
        return 0;
    }
    path.remove_prefix(chosen.size());
    const std::string_view domain_name = fdt::next_part(path, '/').value_or("");
    const std::string_view node = fdt::next_part(path, '/').value_or("");
    for (const MakeRegion& region : config.regions) {
        if (fdt::before(node, '@') == "shm-" + region.name) {
            return region.line;
        }
    }
    for (const MakeDomain& domain : config.domains) {
        if (domain.name == domain_name) {
            return domain.line;
        }
    }
    return domain_name.empty() ? config.hypervisor.line : 0;
}

}  // namespace isthmus::tools
