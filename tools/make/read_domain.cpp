// SPDX-License-Identifier: Apache-2.0
// [[domain]], [dom0] and [[cpupool]].
#include "dom0less/emulated/kind.hpp"
#include "dom0less/plan/health.hpp"
#include "isthmus/units.hpp"
#include "tools/make/parts.hpp"
#include "tools/make/text.hpp"

namespace isthmus::tools {
namespace {

/// true: make chooses the ranges; a list: they are these.
void read_static_memory(TableReader& reader, const toml::table& table, MakeDomain& domain) {
    constexpr const char* key = "static-memory";
    if (table.contains(key) && table.get(key)->is_array()) {
        domain.static_memory = reader.ranges(key);
        domain.is_static = true;
    } else {
        domain.is_static = reader.flag(key, domain.is_direct);
        if (domain.is_direct && !domain.is_static) {
            reader.refuse(key, "a domain with direct-map has static memory");
        }
    }
}

std::vector<std::string> read_affinity(TableReader& reader, const toml::table& table,
                                       const MakeDomain& domain) {
    constexpr const char* key = "affinity";
    if (!table.contains(key) || table.get(key)->is_string()) {
        const std::string all = reader.text(key);
        return all.empty() ? std::vector<std::string>{} : std::vector{all};
    }
    std::vector<std::string> each = reader.texts(key);
    if (each.size() != domain.cpus) {
        reader.refuse(key, std::to_string(each.size()) + " texts for " +
                               std::to_string(domain.cpus) + " vCPUs");
    }
    return each;
}

/// Of a program that does not say itself where it goes.
void read_addresses(TableReader& reader, MakeDomain& domain) {
    domain.load = reader.address("load");
    domain.entry = reader.address("entry");
    if (domain.entry && !domain.load) {
        reader.refuse("entry", "there is no load beside it");
    }
}

/// A key for each kind of device.
std::vector<std::string> read_emulated(TableReader& reader) {
    std::vector<std::string> properties;
    for (const dom0less::DeviceKind& kind : dom0less::device_kinds()) {
        if (!kind.property.empty() && reader.flag(kind.name, kind.is_usual)) {
            properties.emplace_back(kind.property);
        }
    }
    return properties;
}

/// What follows when it ends: keys as the properties are named.
std::vector<MakeProperty> read_health(TableReader& reader) {
    constexpr const char* limit = "restart-limit";
    std::vector<MakeProperty> properties;
    const auto add_text = [&](const std::string& key) {
        if (reader.has(key)) {
            properties.push_back({"isthmus," + key, source_quoted(reader.text(key))});
        }
    };
    for (const std::string_view cause : dom0less::cause_names) {
        add_text("on-" + std::string(cause));
    }
    if (reader.has(limit)) {
        const std::vector<u32> numbers = reader.required_numbers(limit);
        std::string cells;
        for (const u32 number : numbers) {
            cells += (cells.empty() ? "" : " ") + std::to_string(number);
        }
        properties.push_back({"isthmus,restart-limit", "<" + cells + ">"});
    }
    add_text("on-restart-limit");
    add_text("group");
    return properties;
}

}  // namespace

MakePool read_pool_part(const toml::table& table, ConfigErrors& errors) {
    TableReader reader(table, errors);
    MakePool pool;
    pool.line = reader.line();
    pool.name = reader.required_name("name", 31);
    pool.cpus = reader.required_numbers("cpus");
    pool.scheduler = reader.text("scheduler");
    reader.finish();
    return pool;
}

MakeDomain read_domain_part(const toml::table& table, const PathReader& paths,
                            ConfigErrors& errors) {
    TableReader reader(table, errors);
    MakeDomain domain;
    domain.line = reader.line();
    domain.name = reader.required_name("name", 31);
    domain.kernel = paths.path(reader.required_text("kernel"), domain.line);
    read_addresses(reader, domain);
    domain.ramdisk = paths.path(reader.text("ramdisk"), domain.line);
    domain.memory = reader.size("memory", std::nullopt);
    domain.is_direct = reader.flag("direct-map", false);
    read_static_memory(reader, table, domain);
    domain.cpus = reader.number("cpus", 1);
    domain.affinity = read_affinity(reader, table, domain);
    domain.cpupool = reader.text("cpupool");
    if (reader.has("spis")) {
        domain.spis = reader.number("spis", 1);
    }
    domain.bootargs = reader.text("bootargs");
    domain.emulated = read_emulated(reader);
    domain.has_xen = reader.flag("xen", false);
    domain.has_statistics = reader.flag("statistics", false);
    domain.health = read_health(reader);
    domain.properties = reader.properties("properties");
    reader.finish();
    return domain;
}

MakeDomain read_dom0_part(const toml::table& table, const PathReader& paths, ConfigErrors& errors) {
    TableReader reader(table, errors);
    MakeDomain domain;
    domain.line = reader.line();
    domain.name = dom0_name;
    domain.is_dom0 = true;
    domain.is_direct = true;
    domain.kernel = paths.path(reader.required_text("kernel"), domain.line);
    read_addresses(reader, domain);
    domain.ramdisk = paths.path(reader.text("ramdisk"), domain.line);
    domain.memory = reader.size("memory", 512 * MiB);
    domain.cpus = reader.has("cpus") ? reader.number("cpus", 1) : 0;
    domain.bootargs = reader.text("bootargs");
    domain.has_statistics = reader.flag("statistics", false);
    reader.finish();
    return domain;
}

}  // namespace isthmus::tools
