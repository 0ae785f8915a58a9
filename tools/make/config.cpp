// SPDX-License-Identifier: Apache-2.0
#include "tools/make/config.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "tools/make/parts.hpp"
#include "tools/nearest.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

class ConfigReader {
  public:
    ConfigReader(const fs::path& file, const MakeMachine& machine)
        : errors_(file.string()),
          machine_(machine),
          paths_(fs::absolute(file).parent_path(), errors_) {
        config_.file = file;
    }

    std::expected<MakeConfig, std::string> read(const toml::table& root) {
        if (!root.contains("base")) {
            config_.base = read_base_part(nullptr, machine_, paths_, errors_);
        }
        for (const auto& [key, node] : root) {
            read_part(std::string(key.str()), node, key.source().begin.line);
        }
        if (!root.contains("isthmus")) {
            config_.hypervisor = read_hypervisor_part({}, paths_, errors_);
        }
        if (config_.domains.empty() && !errors_.any()) {
            errors_.add(1, "there is no [[domain]], and no [dom0]");
        }
        check_unique(config_.domains, "domain");
        check_unique(config_.regions, "region");
        check_unique(config_.pools, "cpupool");
        // A domain whose table or name is misspelt is not also missing wherever it is named.
        if (!misses_domains_) {
            check_pools();
            for (const MakeRegion& region : config_.regions) {
                check_users(region);
            }
            settle_channels();
        }
        if (errors_.any()) {
            return std::unexpected(errors_.text());
        }
        return std::move(config_);
    }

  private:
    void read_part(const std::string& name, const toml::node& node, u32 line) {
        const toml::table* table = node.as_table();
        const toml::array* list = node.as_array();
        if (table != nullptr && name == "base") {
            config_.base = read_base_part(table, machine_, paths_, errors_);
        } else if (table != nullptr && name == "isthmus") {
            config_.hypervisor = read_hypervisor_part(*table, paths_, errors_);
        } else if (table != nullptr && name == "dom0") {
            config_.domains.insert(config_.domains.begin(),
                                   read_dom0_part(*table, paths_, errors_));
        } else if (list != nullptr && list->is_homogeneous<toml::table>() &&
                   (name == "domain" || name == "region" || name == "cpupool" ||
                    name == "channel")) {
            for (const toml::node& item : *list) {
                read_item(name, *item.as_table());
            }
        } else {
            const std::array<std::string, 7> tables = {"base",   "isthmus", "dom0",   "cpupool",
                                                       "domain", "region",  "channel"};
            const std::string meant = nearest_name(name, tables);
            misses_domains_ |= meant != "base" && meant != "isthmus";
            errors_.add(line, "\"" + name +
                                  "\": only [base], [isthmus], [dom0], [[cpupool]], [[domain]]," +
                                  " [[region]] and [[channel]] may stand here" +
                                  (meant == name ? "" : did_you_mean(name, tables)));
        }
    }

    void read_item(const std::string& name, const toml::table& table) {
        if (name == "domain") {
            config_.domains.push_back(read_domain_part(table, paths_, errors_));
            misses_domains_ |= config_.domains.back().name.empty();
        } else if (name == "cpupool") {
            config_.pools.push_back(read_pool_part(table, errors_));
        } else if (name == "channel") {
            config_.channels.push_back(read_channel_part(table, errors_));
        } else {
            config_.regions.push_back(read_region_part(table, errors_));
        }
    }

    template <class T>
    void check_unique(const std::vector<T>& items, const char* kind) {
        for (auto item = items.begin(); item != items.end(); ++item) {
            const auto first = std::ranges::find(items, item->name, &T::name);
            if (first != item && !item->name.empty()) {
                errors_.add(item->line, std::string(kind) + " " + item->name +
                                            " is described in line " + std::to_string(first->line) +
                                            " already");
            }
        }
    }

    void check_pools() {
        for (const MakeDomain& domain : config_.domains) {
            const auto pool = std::ranges::find(config_.pools, domain.cpupool, &MakePool::name);
            if (!domain.cpupool.empty() && pool == config_.pools.end()) {
                errors_.add(domain.line,
                            "domain " + domain.name + ": there is no cpupool " + domain.cpupool);
            }
        }
        for (const MakePool& pool : config_.pools) {
            if (config_.domain(pool.name) != nullptr) {
                errors_.add(pool.line, "cpupool " + pool.name + " is the name of a domain");
            }
        }
    }

    std::string no_domain(const std::string& named) const {
        std::vector<std::string> names;
        names.reserve(config_.domains.size());
        for (const MakeDomain& domain : config_.domains) {
            names.push_back(domain.name);
        }
        return ": there is no domain " + named + did_you_mean(named, names);
    }

    void check_users(const MakeRegion& region) {
        if (region.uses.empty()) {
            errors_.add(region.line, "region " + region.name + " has no domain: name an owner, " +
                                         "borrowers or readers");
        }
        std::vector<std::string> whole;
        for (const MakeUse& use : region.uses) {
            if (config_.domain(use.domain) == nullptr) {
                errors_.add(use.line, "region " + region.name + no_domain(use.domain));
            } else if (!use.offset && std::ranges::find(whole, use.domain) != whole.end()) {
                errors_.add(use.line, "region " + region.name + " names " + use.domain + " twice");
            }
            if (!use.offset) {
                whole.push_back(use.domain);
            }
        }
    }

    bool has_port(const std::string& domain, u32 port) const {
        return std::ranges::any_of(config_.channels, [&](const MakeChannel& channel) {
            return std::ranges::any_of(channel.ends, [&](const MakeChannel::End& end) {
                return end.domain == domain && end.port == port;
            });
        });
    }

    /// Ports that are not given are the lowest that are left.
    void settle_channels() {
        for (MakeChannel& channel : config_.channels) {
            for (MakeChannel::End& end : channel.ends) {
                if (config_.domain(end.domain) == nullptr) {
                    errors_.add(channel.line, "a channel" + no_domain(end.domain));
                }
                for (u32 port = 1; end.port == 0; ++port) {
                    end.port = has_port(end.domain, port) ? 0 : port;
                }
            }
        }
    }

    ConfigErrors errors_;
    const MakeMachine& machine_;
    PathReader paths_;
    MakeConfig config_;
    bool misses_domains_ = false;
};

}  // namespace

const MakeDomain* MakeConfig::domain(const std::string& name) const {
    const auto found = std::ranges::find(domains, name, &MakeDomain::name);
    return found != domains.end() ? &*found : nullptr;
}

std::expected<MakeConfig, std::string> read_make_config(const fs::path& file,
                                                        const MakeMachine& machine) {
    if (!std::ifstream(file)) {
        return std::unexpected("isthmus: cannot read " + file.string() + "\n");
    }
    try {
        const toml::table root = toml::parse_file(file.string());
        return ConfigReader(file, machine).read(root);
    } catch (const toml::parse_error& error) {
        ConfigErrors errors(file.string());
        errors.add(error.source().begin.line, std::string(error.description()));
        return std::unexpected(errors.text());
    }
}

}  // namespace isthmus::tools
