// SPDX-License-Identifier: Apache-2.0
#include "tools/make_config.hpp"

#include <algorithm>
#include <fstream>

#include "isthmus/units.hpp"
#include "tools/make_toml.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

class ConfigReader {
  public:
    explicit ConfigReader(const fs::path& file) : errors_(file.string()) {
        config_.file = file;
        folder_ = fs::absolute(file).parent_path();
    }

    std::expected<MakeConfig, std::string> read(const toml::table& root) {
        for (const auto& [key, node] : root) {
            read_part(std::string(key.str()), node, key.source().begin.line);
        }
        require(root, "base");
        require(root, "isthmus");
        if (config_.domains.empty() && !errors_.any()) {
            errors_.add(1, "there is no [[domain]]");
        }
        check_names();
        for (const MakeRegion& region : config_.regions) {
            check_users(region);
        }
        if (errors_.any()) {
            return std::unexpected(errors_.text());
        }
        return std::move(config_);
    }

  private:
    void require(const toml::table& root, const char* name) {
        if (!root.contains(name)) {
            errors_.add(1, std::string("there is no [") + name + "]");
        }
    }

    void read_part(const std::string& name, const toml::node& node, u32 line) {
        const toml::table* table = node.as_table();
        const toml::array* list = node.as_array();
        if (table != nullptr && (name == "base" || name == "isthmus")) {
            name == "base" ? read_base(*table) : read_hypervisor(*table);
        } else if (list != nullptr && list->is_homogeneous<toml::table>() &&
                   (name == "domain" || name == "region")) {
            for (const toml::node& item : *list) {
                name == "domain" ? read_domain(*item.as_table()) : read_region(*item.as_table());
            }
        } else {
            errors_.add(line, "\"" + name +
                                  "\": only [base], [isthmus], [[domain]] and [[region]]" +
                                  " may stand here");
        }
    }

    void read_base(const toml::table& table) {
        TableReader reader(table, errors_);
        MakeBase& base = config_.base;
        base.line = reader.line();
        base.board = reader.text("board");
        const std::string tree = reader.text("tree");
        if (base.board.empty() == tree.empty()) {
            errors_.add(base.line, "[base] names either a board or a tree");
        } else if (!base.board.empty()) {
            if (base.board != "qemu-virt") {
                errors_.add(base.line, "the boards are: qemu-virt");
            }
            base.cpus = reader.number("cpus", 2);
            base.cpu = reader.text("cpu", "max");
            base.gic = reader.number("gic", 3);
            base.memory = reader.size("memory", 1 * GiB);
        } else {
            base.tree = path(tree, base.line);
        }
        reader.finish();
    }

    void read_hypervisor(const toml::table& table) {
        TableReader reader(table, errors_);
        config_.hypervisor.line = reader.line();
        config_.hypervisor.image = path(reader.required_text("image"), reader.line());
        config_.hypervisor.args = reader.text("args");
        reader.finish();
    }

    void read_domain(const toml::table& table) {
        TableReader reader(table, errors_);
        MakeDomain domain;
        domain.line = reader.line();
        domain.name = reader.required_name("name", 31);
        domain.kernel = path(reader.required_text("kernel"), domain.line);
        domain.ramdisk = path(reader.text("ramdisk"), domain.line);
        domain.memory = reader.size("memory", std::nullopt);
        domain.cpus = reader.number("cpus", 1);
        domain.bootargs = reader.text("bootargs");
        domain.uart = reader.flag("uart", true);
        reader.finish();
        config_.domains.push_back(std::move(domain));
    }

    void read_region(const toml::table& table) {
        TableReader reader(table, errors_);
        MakeRegion region;
        region.line = reader.line();
        region.name = reader.required_name("name", 15);
        region.size = reader.size("size", std::nullopt);
        region.owner = reader.text("owner");
        region.borrowers = reader.texts("borrowers");
        region.readers = reader.texts("readers");
        region.presentation = reader.text("presentation");
        reader.finish();
        config_.regions.push_back(std::move(region));
    }

    /// Files are looked at now, so that a wrong name is told with its line.
    fs::path path(const std::string& name, u32 line) {
        if (name.empty()) {
            return {};
        }
        const fs::path full = (folder_ / name).lexically_normal();
        if (!fs::is_regular_file(full) || !std::ifstream(full)) {
            errors_.add(line, "cannot read " + full.string());
        }
        return full;
    }

    bool is_domain(const std::string& name) const {
        return std::ranges::find(config_.domains, name, &MakeDomain::name) != config_.domains.end();
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

    void check_names() {
        check_unique(config_.domains, "domain");
        check_unique(config_.regions, "region");
    }

    void check_users(const MakeRegion& region) {
        std::vector<std::string> users = region.borrowers;
        users.insert(users.end(), region.readers.begin(), region.readers.end());
        if (!region.owner.empty()) {
            users.push_back(region.owner);
        }
        if (users.empty()) {
            errors_.add(region.line, "region " + region.name + " has no domain: name an owner, " +
                                         "borrowers or readers");
        }
        std::ranges::sort(users);
        for (auto user = users.begin(); user != users.end(); ++user) {
            if (!is_domain(*user)) {
                errors_.add(region.line, "region " + region.name + ": there is no domain " + *user);
            } else if (user != users.begin() && *std::prev(user) == *user) {
                errors_.add(region.line, "region " + region.name + " names " + *user + " twice");
            }
        }
    }

    ConfigErrors errors_;
    fs::path folder_;
    MakeConfig config_;
};

}  // namespace

std::expected<MakeConfig, std::string> read_make_config(const fs::path& file) {
    if (!std::ifstream(file)) {
        return std::unexpected("isthmus: cannot read " + file.string() + "\n");
    }
    try {
        const toml::table root = toml::parse_file(file.string());
        return ConfigReader(file).read(root);
    } catch (const toml::parse_error& error) {
        ConfigErrors errors(file.string());
        errors.add(error.source().begin.line, std::string(error.description()));
        return std::unexpected(errors.text());
    }
}

}  // namespace isthmus::tools
